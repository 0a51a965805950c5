/** How a problem is described in the OpenAPI document. */

import { boolean, integer, list, named, optional, string, struct } from "./schema.ts";

export const problemSchema = named(
  "Problem",
  struct({
    type: string({
      description: "`urn:kafka:error:NAME`, or `about:blank` when no broker said it.",
      format: "uri",
    }),
    title: string(),
    status: integer({ description: "The HTTP status." }),
    detail: string({ description: "What was attempted, what was there and what was wanted." }),
    instance: optional(string({ description: "The path that was asked for." })),
    error: optional(string({ description: "Kafka's name of the error." })),
    errorCode: optional(integer({ description: "Kafka's code of the error." })),
    retriable: optional(boolean({ description: "Whether the same request may succeed later." })),
    faults: optional(list(struct({
      at: string({ description: "A JSON Pointer into the body, or the name of a parameter." }),
      detail: string(),
    }))),
  }, { description: "What went wrong (RFC 9457)." }),
);
