/** @jsxImportSource preact */
/** The value of a record: pretty where it is JSON, plain where it is text, base64 where it is neither. */

import { isJson, prettyJson } from "../records/json_text.ts";

export function ValueView({ text, base64 }: { text: string | null | undefined; base64: string | undefined }) {
  if (base64 !== undefined) {
    return (
      <>
        <p class="quiet small">Not text; shown as base64.</p>
        <pre>{base64}</pre>
      </>
    );
  }
  if (text === null || text === undefined) return <p class="quiet">null</p>;
  if (text === "") return <p class="quiet">empty</p>;
  if (!isJson(text)) return <pre>{text}</pre>;
  return (
    <pre class="json">
      {prettyJson(text).map(({ kind, text: part }, index) =>
        kind === "mark" ? part : <span key={index} class={kind}>{part}</span>
      )}
    </pre>
  );
}
