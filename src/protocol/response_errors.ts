/** Finds the error codes in a response, wherever its declaration has some. */

import type { Fields, Message } from "./schema.ts";

/** Calls `visit` with every error code of a body that is not NONE. */
export type VisitErrors = (body: unknown, visit: (code: number) => void) => void;

const NAME = /^errorCode$|ErrorCode$/;
const visitors = new WeakMap<Message, VisitErrors>();

/** What visits the error codes of a kind of response; made on first use. */
export function errorVisitorOf(response: Message): VisitErrors {
  let visitor = visitors.get(response);
  if (visitor === undefined) {
    visitor = visitorOf(response.fields) ?? (() => {});
    visitors.set(response, visitor);
  }
  return visitor;
}

/** Null when no error code can be anywhere in it. */
function visitorOf(fields: Fields): VisitErrors | null {
  const steps: VisitErrors[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.type === "int16" && NAME.test(name)) {
      steps.push((body, visit) => {
        const code = (body as Record<string, number | undefined>)[name];
        if (code !== undefined && code !== 0) visit(code);
      });
      continue;
    }
    const nested = visitorOf(field.fields ?? field.element?.fields ?? {});
    if (nested === null) continue;
    const isArray = field.type === "array";
    steps.push((body, visit) => {
      const value = (body as Record<string, unknown>)[name];
      if (value === undefined || value === null) return;
      if (isArray) { for (const one of value as unknown[]) nested(one, visit); }
      else nested(value, visit);
    });
  }
  if (steps.length === 0) return null;
  if (steps.length === 1) return steps[0]!;
  return (body, visit) => {
    for (const step of steps) step(body, visit);
  };
}
