/** Calls of node:fs that other threads carry out, as promises. */

/** Waits for a call that only succeeds or fails. */
export function settled(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => error ? reject(error) : resolve()));
}
