/** Errors that operators and clients can cause. Wording: name the action, quote the value, say what was wanted. */

/** Bytes from outside do not have the form they must have. Costs the sender its connection, nothing more. */
export class DecodeError extends Error {
  override readonly name: string = "DecodeError";
}

/** A value that a person set (flag, file, environment, request) cannot be used as it is. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
