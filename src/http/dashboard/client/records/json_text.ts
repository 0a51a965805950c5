/** JSON made readable without reading it as values, so that long numbers keep all their digits. */

export type TokenKind = "name" | "text" | "number" | "word" | "mark";

/** A piece of JSON text; `kind` decides on its colour. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const MAX_CHARACTERS = 200_000;
const lexemes = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|\s+/gy;

/** Whether a text is a JSON object or list, or any other value that is worth more than its plain text. */
export function isJson(text: string): boolean {
  if (text.length > MAX_CHARACTERS || !/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The tokens of a JSON text, indented by two. The text must be JSON. */
export function prettyJson(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const lex = text.match(lexemes)?.filter((one) => one.trim() !== "") ?? [];
  let depth = 0;
  const put = (kind: TokenKind, part: string) => tokens.push({ kind, text: part });
  const newLine = () => put("mark", `\n${"  ".repeat(depth)}`);
  for (const [index, one] of lex.entries()) {
    const next = lex[index + 1];
    if (one === "{" || one === "[") {
      const isEmpty = next === "}" || next === "]";
      depth += isEmpty ? 0 : 1;
      put("mark", one);
      if (!isEmpty) newLine();
    } else if (one === "}" || one === "]") {
      const before = lex[index - 1];
      if (before !== "{" && before !== "[") {
        depth--;
        newLine();
      }
      put("mark", one);
    } else if (one === ",") {
      put("mark", one);
      newLine();
    } else if (one === ":") put("mark", ": ");
    else put(kindOf(one, next), one);
  }
  return tokens;
}

function kindOf(lexeme: string, next: string | undefined): TokenKind {
  if (lexeme.startsWith('"')) return next === ":" ? "name" : "text";
  return /^[tfn]/.test(lexeme) ? "word" : "number";
}
