/** Kafka's own config files: the format of Java's Properties. */

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string): string {
  return text.replace(/\\(u([0-9a-fA-F]{4})|.)/g, (_, whole: string, hex: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return escapes[whole] ?? whole;
  });
}

/** Whether a line goes on in the next one: an odd number of backslashes at its end. */
function continues(line: string): boolean {
  const tail = /\\+$/.exec(line);
  return tail !== null && tail[0].length % 2 === 1;
}

function* logicalLines(text: string): Generator<string> {
  let line = "";
  for (const physical of text.split(/\r\n|\r|\n/)) {
    const part = physical.replace(/^[ \t\f]+/, "");
    if (line === "" && (part === "" || part.startsWith("#") || part.startsWith("!"))) continue;
    if (continues(part)) {
      line += part.slice(0, -1);
      continue;
    }
    yield line + part;
    line = "";
  }
  if (line !== "") yield line;
}

/** The names and values of a .properties file. A name that occurs twice has its last value, as in Java. */
export function parseProperties(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const match = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s.exec(line);
    if (match !== null) found.set(unescape(match[1] ?? ""), unescape(match[2] ?? ""));
  }
  return found;
}
