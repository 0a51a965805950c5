/** Ctrl-C: the first asks a command to end in order, the second ends it at once. */

import { type CliContext, ExitCode } from "./context.ts";

export interface Interrupts {
  /** Whether the command was asked to end. */
  readonly asked: boolean;
  /** What `work` gives, or undefined as soon as the command is asked to end. One at a time. */
  orAsked<T>(work: Promise<T>): Promise<T | undefined>;
  /** Stops listening. */
  release(): void;
}

/** Calls `onAsked` when the person (SIGINT) or the system (SIGTERM) wants the command to end. */
export function listenForInterrupts({ process }: CliContext, onAsked: () => void = () => {}): Interrupts {
  let asked = false;
  let stopWaiting = () => {};
  const onSignal = () => {
    if (asked) process.exit(ExitCode.INTERRUPTED);
    asked = true;
    stopWaiting();
    onAsked();
  };
  const releases = (["SIGINT", "SIGTERM"] as const).map((signal) => process.onSignal(signal, onSignal));
  return {
    get asked() {
      return asked;
    },
    orAsked<T>(work: Promise<T>) {
      return new Promise<T | undefined>((resolve, reject) => {
        if (asked) resolve(undefined);
        stopWaiting = () => resolve(undefined);
        work.then(resolve, reject);
      });
    },
    release: () => releases.forEach((release) => release()),
  };
}
