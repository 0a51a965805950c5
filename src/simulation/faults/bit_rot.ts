/**
 * The disk of one node returns other bits than were written to it, where they have lain for a while: in segments, their
 * indexes and producer snapshots. Only what others have as well: of a record's only copy nobody could do without.
 */

import { parsePartitionDirectoryName } from "../../log/file_names.ts";
import type { Prng } from "../../core/prng.ts";
import { BATCH_HEADER_BYTES, BatchCursor } from "../../records/batch.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import { Directory } from "../disk/directory.ts";
import { FileContent } from "../disk/file_content.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";

const BITTEN_FILE = /^(\d{20})\.(log|index|snapshot)$/;
const HEADER_CHANCE = 0.5;

/** A file that may rot, and how far. */
interface Bitten {
  readonly path: string;
  readonly content: FileContent;
  readonly end: number;
  readonly directory: Directory;
}

export class BitRot {
  readonly #world: World;
  readonly #cluster: SimCluster;
  #node: SimNode | null = null;
  /** The logs that have rotted already; one that was fetched anew is another. */
  readonly #bitten = new WeakSet<Directory>();

  constructor(world: World, cluster: SimCluster) {
    this.#world = world;
    this.#cluster = cluster;
  }

  /** Flips some bits in a file of the one node that has a bad disk. */
  strike(prng: Prng): void {
    this.#node ??= prng.pick(this.#cluster.brokers);
    const files = this.#files(this.#node);
    if (files.length === 0) return;
    const { path, content, end, directory } = prng.pick(files);
    this.#bitten.add(directory);
    const { machine } = this.#node;
    machine.isRotten = true;
    for (let flips = prng.pick([1, 1, 3]); flips > 0; flips--) {
      const at = path.endsWith(".log") ? placeInBatches(content, end, prng) : prng.below(content.size);
      const bit = prng.below(8);
      content.view()[at]! ^= 1 << bit;
      this.#world.scheduler.note(machine.host, "rots", path, at, bit);
    }
  }

  /** What may rot: files of replicas that another node has in sync, each as far as that has it. */
  #files(node: SimNode): Bitten[] {
    const data = node.machine.medium.root.get("data");
    const image = this.#cluster.newestImage;
    const found: Bitten[] = [];
    if (!(data instanceof Directory) || image === null) return found;
    for (const [directory, entry] of data.entries()) {
      const name = parsePartitionDirectoryName(directory);
      const state = name === null
        ? undefined
        : image.topics.byName.get(name.topic)?.partitions[name.partition];
      const isElsewhere = state?.isr.some((id) => id !== node.plan.id) === true;
      if (!isElsewhere || !(entry instanceof Directory) || this.#bitten.has(entry)) continue;
      const highWatermark = this.#highWatermarkOf(node, directory);
      for (const [file, content] of entry.entries()) {
        if (!BITTEN_FILE.test(file) || !(content instanceof FileContent)) continue;
        const end = file.endsWith(".log") ? endBelow(content, highWatermark) : content.size;
        if (end > 0) found.push({ path: `${directory}/${file}`, content, end, directory: entry });
      }
    }
    return found;
  }

  #highWatermarkOf({ parts }: SimNode, directory: string): number {
    const partitions = [...parts?.broker?.partitions() ?? []];
    return partitions.find(({ topic, index }) => `${topic}-${index}` === directory)?.highWatermark ?? 0;
  }
}

/** Where the last batch of a segment ends that lies wholly below an offset. */
function endBelow(content: FileContent, offset: number): number {
  const cursor = new BatchCursor(content.view());
  let end = 0;
  while (cursor.next() && cursor.nextOffset <= offset) end = cursor.nextAt;
  return end;
}

/** Any byte of the batches, rather often one of their headers. */
function placeInBatches(content: FileContent, end: number, prng: Prng): number {
  if (!prng.chance(HEADER_CHANCE)) return prng.below(end);
  const begins: number[] = [];
  const cursor = new BatchCursor(content.view(), 0, end);
  while (cursor.next()) begins.push(cursor.at);
  return begins.length === 0 ? prng.below(end) : prng.pick(begins) + prng.below(BATCH_HEADER_BYTES);
}
