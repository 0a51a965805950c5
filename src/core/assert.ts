/**
 * Assertions for invariants. They stay on in production: a broken invariant is a bug in Sluice, and going on
 * would put data at risk. Errors that the outside world can cause are values (Kafka error codes), never these.
 */

/** A broken invariant: always a bug of ours, never the fault of a client or of the disk. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";

  constructor(message: string) {
    super(message);
    invariants.onBroken(this);
  }
}

/** Who is told of every broken invariant, also of one that is caught: nobody, until a simulation wants to know. */
export const invariants = {
  onBroken: (_error: InvariantError): void => {},
};

/** Throws {@link InvariantError} unless `condition` holds. `what` names the invariant in one sentence. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new InvariantError(what);
}

/** Returns `value`, or throws {@link InvariantError} when it is null or undefined. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new InvariantError(`${what} is missing`);
  return value;
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never, what: string): never {
  throw new InvariantError(`${what}: unexpected ${JSON.stringify(value)}`);
}
