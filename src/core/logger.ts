/** What the layers say to operators. The composition root decides where it goes; the simulator keeps a transcript. */

/** Values that make a line searchable: node, topic, partition, connection, bytes. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Says things to operators. `message` is a sentence without values that vary; those are in `fields`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with more fields on every line. */
  with(fields: LogFields): Logger;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};
