/**
 * What a node has to know at its next start that no file of Kafka's tells: `sluice.properties` beside the metadata
 * log. Without it a node would come back on another port than its peers know, or, when it fails between joining a
 * cluster and learning its voters, found one of its own.
 */

import { encodeUtf8 } from "../core/bytes.ts";
import { UsageError } from "../core/errors.ts";
import { formatAddress, parsePeerAddress } from "../platform/address.ts";
import type { Disk } from "../platform/disk.ts";
import type { Address } from "../platform/network.ts";

const FILE = "sluice.properties";

export interface NodeNotes {
  /** The port that the controller's listener chose on the first start; 0 when it never did. */
  readonly controllerPort: number;
  /** Where the controllers of the cluster were that this node joined; empty for a node that founded one. */
  readonly controllers: readonly Address[];
}

const NO_NOTES: NodeNotes = { controllerPort: 0, controllers: [] };

/** Reads the notes. Throws {@link UsageError} when somebody has made them unreadable. */
export function readNotes(disk: Disk, directory: string): NodeNotes {
  const path = `${directory}/${FILE}`;
  if (!disk.exists(path)) return NO_NOTES;
  const text = new TextDecoder().decode(disk.readFile(path));
  const entries = new Map(
    text.split("\n").filter((line) => /^[a-z.]+=/.test(line)).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    }),
  );
  const controllerPort = Number(entries.get("controller.port") ?? 0);
  if (!Number.isInteger(controllerPort) || controllerPort < 0 || controllerPort > 65535) {
    throw new UsageError(`read ${path}: controller.port "${entries.get("controller.port")}" is not a port`);
  }
  const controllers = (entries.get("controllers") ?? "").split(",").filter((one) => one !== "");
  return {
    controllerPort,
    controllers: controllers.map((one) => parsePeerAddress(one, `${path}: controllers`)),
  };
}

/** Writes the notes when they say something new. */
export async function writeNotes(disk: Disk, directory: string, notes: NodeNotes): Promise<void> {
  const text = encodeNotes(notes);
  if (text === encodeNotes(readNotes(disk, directory))) return;
  await disk.writeFileAtomic(`${directory}/${FILE}`, encodeUtf8(text));
}

function encodeNotes({ controllerPort, controllers }: NodeNotes): string {
  return `controller.port=${controllerPort}\ncontrollers=${controllers.map(formatAddress).join()}\n`;
}
