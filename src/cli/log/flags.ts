/** Flags of the commands that read files. */

import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";

export const rawOutputFlags = {
  output: withDefault(
    option("-o", "--output", choice(["text", "json"], { metavar: "FORMAT" }), {
      description: message`How results are printed: text for people, or one JSON object a line.`,
    }),
    "text" as const,
  ),
};
