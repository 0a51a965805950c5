/** Bytes that are not copied into what is sent, and where they are. */

import type { HeldBytes } from "../core/bytes.ts";
import type { FileRange } from "./network.ts";

/** They stay in memory as they are. */
export interface HeldMemory extends HeldBytes {
  readonly bytes: Uint8Array;
}

/** They stay in a file. */
export interface HeldFile extends HeldBytes {
  readonly range: FileRange;
}

/** All that a source of bytes may give to be held. */
export type Held = HeldMemory | HeldFile;
