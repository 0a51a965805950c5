/** Why a compressed payload could not be used. */

import { DecodeError } from "../../core/errors.ts";

/** The payload is not what its compression type says, or it holds more than the caller allows. */
export class DecompressError extends DecodeError {
  override readonly name: string = "DecompressError";
  /** "bomb": more output than allowed; "corrupt": malformed; "unsupported": this runtime lacks the codec. */
  readonly reason: "bomb" | "corrupt" | "unsupported";

  constructor(reason: "bomb" | "corrupt" | "unsupported", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A payload whose output would exceed `maxOutputBytes`. */
export function bomb(codec: string, maxOutputBytes: number): DecompressError {
  return new DecompressError("bomb", `decompress ${codec}: more than the ${maxOutputBytes} bytes allowed`);
}

/** A malformed payload. */
export function corrupt(codec: string, what: string): DecompressError {
  return new DecompressError("corrupt", `decompress ${codec}: ${what}`);
}
