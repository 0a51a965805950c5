/** Escapes in texts that are typed in a shell. */

import { UsageError } from "../core/errors.ts";

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  0: "\0",
  "\\": "\\",
};

/** `text` with \n, \r, \t, \0, \\ and \xHH in it replaced. Throws {@link UsageError} for others. */
export function parseEscapes(text: string): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{2}|[^]|$)/g, (whole, name: string) => {
    if (/^x../.test(name)) return String.fromCharCode(parseInt(name.slice(1), 16));
    const replaced = escapes[name];
    if (replaced === undefined) {
      throw new UsageError(
        `"${whole}" in "${text}" is not an escape; wanted \\n, \\r, \\t, \\0, \\\\ or \\xHH`,
      );
    }
    return replaced;
  });
}
