import assert from "node:assert/strict";
import fc from "fast-check";
import { int, long, unitOf } from "../../../src/config/definition.ts";
import { parseHumanValue } from "../../../src/config/human_values.ts";
import { parseProperties } from "../../../src/config/properties_file.ts";
import { editDistance, nearest } from "../../../src/config/suggest.ts";
import { parseDuration, parseSize } from "../../../src/config/units.ts";
import { formatValue, parseValue } from "../../../src/config/values.ts";

Deno.test("durations and sizes are a number and a unit and nothing else", () => {
  const durations = { "500ms": 500, "5s": 5000, "10m": 600_000, "1.5h": 5_400_000, "7d": 604_800_000 };
  for (const [text, ms] of Object.entries(durations)) assert.equal(parseDuration(text), ms, text);
  const sizes = { "512B": 512, "10MiB": 10_485_760, "1GB": 1e9, "2kB": 2000, "0.5KiB": 512 };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseSize(text), bytes, text);
  for (const text of ["", "5", "s", "5 s", "-5s", "5S", "5sec", "1e3s", "5s5s", "0.0001ms", "9999999999w"]) {
    assert.equal(parseDuration(text), null, text);
  }
  for (const text of ["10M", "10mib", "10 MiB", "MiB", "1.0001KiB", "0x10B", "constructorB"]) {
    assert.equal(parseSize(text), null, text);
  }
});

Deno.test("no text but digits is taken for a number, whatever it is", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const parsed = parseValue("x", int("", 0), text);
    assert.equal(parsed.ok, /^[+-]?\d{1,30}$/.test(text.trim()) && Math.abs(Number(text)) < 2 ** 31);
  }));
});

Deno.test("a number is the same after it was shown and parsed again", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => {
    const parsed = parseValue("x", long("", 0), formatValue("long", value) ?? "");
    assert.deepEqual(parsed, { ok: true, value });
  }));
});

Deno.test("Java's largest long survives as text", () => {
  const parsed = parseValue("x", long("", 0), "9223372036854775807");
  assert.ok(parsed.ok);
  assert.equal(formatValue("long", parsed.value), "9223372036854775807");
});

Deno.test("the unit of a config is the last part of its name", () => {
  assert.equal(unitOf("log.roll.hours", {}), "hours");
  assert.equal(unitOf("num.partitions", {}), "none");
  assert.deepEqual(parseHumanValue("log.roll.hours", int("", 0), "2d"), { ok: true, value: 48 });
  assert.equal(parseHumanValue("num.partitions", int("", 0), "2d").ok, false);
});

Deno.test("the nearest name is found by the fewest edits, and none when all are far", () => {
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("ab", "ba"), 1);
  assert.equal(nearest("num.partition", ["num.io.threads", "num.partitions"]), "num.partitions");
  assert.equal(nearest("quux", ["num.partitions"]), null);
});

Deno.test("properties are parsed as Java does it", () => {
  const text = "! c\n a\\ b = 1 \nc:2\nd 3\ne\n\nf=x\\\n   y\ng=\\u0041\\t\\\\\nh=#no comment\na\\ b=9\n";
  assert.deepEqual(Object.fromEntries(parseProperties(text)), {
    "a b": "9",
    "c": "2",
    "d": "3",
    "e": "",
    "f": "xy",
    "g": "A\t\\",
    "h": "#no comment",
  });
});
