/** Every text of the dashboard can be read: WCAG 2.2, 1.4.3 wants a contrast of 4.5 between a text and its ground. */

import assert from "node:assert/strict";

const style = Deno.readTextFileSync(
  new URL("../../../../src/http/dashboard/client/style/base.css", import.meta.url),
);

/** The colours of each block that sets them: light, dark by the system, dark by choice. */
function themes(): Map<string, string>[] {
  return [...style.matchAll(/:root[^{]*\{([^}]*)\}/g)]
    .map(([, block]) =>
      new Map(
        [...block!.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map(([, name, value]) => [name!, value!]),
      )
    )
    .filter((colours) => colours.has("ink"));
}

/** Relative luminance, as WCAG defines it. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

const grounds = ["ground", "surface", "sunken"];
const pairs = [
  ...["ink", "ink-2", "accent"].flatMap((text) => grounds.map((ground) => [text, ground] as const)),
  ["accent", "accent-soft"],
  ["accent-ink", "accent"],
  ["good", "good-soft"],
  ["warn", "warn-soft"],
  ["bad", "bad-soft"],
  ["bad", "surface"],
  ["warn", "surface"],
  ["surface", "bad"],
] as const;

Deno.test("texts have a contrast of 4.5 on their grounds, in light and in dark", () => {
  const found = themes();
  assert.equal(found.length, 3);
  for (const colours of found) {
    for (const [text, ground] of pairs) {
      const ratio = contrast(colours.get(text)!, colours.get(ground)!);
      assert(
        ratio >= 4.5,
        `--${text} ${colours.get(text)} on --${ground} ${colours.get(ground)}: ${ratio.toFixed(2)}`,
      );
    }
  }
});

Deno.test("both ways to dark have the same colours", () => {
  const [, bySystem, byChoice] = themes();
  assert.deepEqual([...bySystem!], [...byChoice!]);
});
