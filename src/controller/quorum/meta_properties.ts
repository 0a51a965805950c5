/**
 * `meta.properties`: says which node of which cluster a log directory belongs to (KIP-631, KIP-858). Written on the
 * first start, so that no formatting step is needed; afterwards a directory of another node or cluster is refused.
 */

import { encodeUtf8 } from "../../core/bytes.ts";
import { UsageError } from "../../core/errors.ts";
import type { NodeId, Uuid } from "../../core/ids.ts";
import { parseUuid, uuidFromRandom } from "../../core/uuid.ts";
import type { Disk } from "../../platform/disk.ts";
import type { Random } from "../../platform/platform.ts";

export const META_PROPERTIES = "meta.properties";

/** What the file says. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** The identity of the directory: one that was wiped comes back as another (KIP-853). */
  readonly directoryId: Uuid;
}

/** What is expected of a directory. */
export interface ExpectedMeta {
  readonly nodeId: NodeId;
  /** Any cluster when undefined; a new directory then gets a cluster id of its own. */
  readonly clusterId: string | undefined;
}

/** What a directory's file says; null when there is none. Throws {@link UsageError} when it cannot be read. */
export function readMetaProperties(
  { disk, random }: { readonly disk: Disk; readonly random: Random },
  directory: string,
): MetaProperties | null {
  const path = `${directory}/${META_PROPERTIES}`;
  if (!disk.exists(path)) return null;
  return parseMetaProperties(path, new TextDecoder().decode(disk.readFile(path)), random);
}

/** Reads a directory's file, writing it first when the directory is new. Throws {@link UsageError} on a mismatch. */
export async function openMetaProperties(
  machine: { readonly disk: Disk; readonly random: Random },
  directory: string,
  expected: ExpectedMeta,
): Promise<MetaProperties> {
  const { disk, random } = machine;
  const path = `${directory}/${META_PROPERTIES}`;
  if (disk.exists(path)) {
    const found = parseMetaProperties(path, new TextDecoder().decode(disk.readFile(path)), random);
    checkMeta(path, found, expected);
    if (!found.isComplete) await disk.writeFileAtomic(path, encodeMetaProperties(found));
    const { clusterId, nodeId, directoryId } = found;
    return { clusterId, nodeId, directoryId };
  }
  await makeDurableDirectory(disk, directory);
  const randomBytes = (length: number) => random.bytes(length);
  const meta: MetaProperties = {
    clusterId: expected.clusterId ?? uuidFromRandom(randomBytes),
    nodeId: expected.nodeId,
    directoryId: uuidFromRandom(randomBytes),
  };
  await disk.writeFileAtomic(path, encodeMetaProperties(meta));
  return meta;
}

/** Makes a directory, unless somebody has just done so, whose name and those above it survive a crash. */
async function makeDurableDirectory(disk: Disk, directory: string): Promise<void> {
  const unsynced = [parentOf(directory)];
  while (!disk.exists(unsynced.at(-1)!)) unsynced.push(parentOf(unsynced.at(-1)!));
  disk.makeDirectory(directory);
  for (const path of unsynced) await disk.syncDirectory(path);
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

function checkMeta(path: string, found: MetaProperties, expected: ExpectedMeta): void {
  if (found.nodeId !== expected.nodeId) {
    throw new UsageError(
      `${path} belongs to node ${found.nodeId}, but this node is ${expected.nodeId}: ` +
        `start it with node.id=${found.nodeId}, or give it another data directory`,
    );
  }
  if (expected.clusterId !== undefined && found.clusterId !== expected.clusterId) {
    throw new UsageError(
      `${path} belongs to cluster ${found.clusterId}, but this node is to be in cluster ${expected.clusterId}: ` +
        `give it another data directory, or remove this one if its data is no longer needed`,
    );
  }
}

/** The content of the file. */
export function encodeMetaProperties(meta: MetaProperties): Uint8Array<ArrayBuffer> {
  return encodeUtf8(
    `#\nnode.id=${meta.nodeId}\ndirectory.id=${meta.directoryId}\nversion=1\ncluster.id=${meta.clusterId}\n`,
  );
}

/** Parses the file; directory.id may be missing (before Kafka 3.7) and is then drawn. */
function parseMetaProperties(
  path: string,
  text: string,
  random: Random,
): MetaProperties & { readonly isComplete: boolean } {
  const entries = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (match !== null) entries.set(match[1]!, match[2]!);
  }
  const version = entries.get("version");
  const clusterId = entries.get("cluster.id");
  const nodeId = entries.get("node.id") ?? entries.get("broker.id");
  if (version !== "1" || clusterId === undefined || nodeId === undefined || !/^\d+$/.test(nodeId)) {
    throw new UsageError(`read ${path}: wanted version=1, cluster.id and node.id, got "${text.trim()}"`);
  }
  const directoryId = entries.get("directory.id");
  return {
    clusterId,
    nodeId: Number(nodeId) as NodeId,
    directoryId: directoryId === undefined
      ? uuidFromRandom((length) => random.bytes(length))
      : parseUuid(directoryId),
    isComplete: directoryId !== undefined,
  };
}
