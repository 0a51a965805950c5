/** What Apache Kafka's own classes read in tests/golden/kafka_data_dir. */

/** A record; bytes are base64. */
export interface GoldenRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly { readonly key: string; readonly value: string | null }[];
  /** What a record of an internal topic means. */
  readonly decoded?: {
    readonly type: string;
    readonly key?: unknown;
    readonly value?: unknown;
    readonly data?: unknown;
  };
}

export interface GoldenBatch {
  readonly position: number;
  readonly sizeInBytes: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly crc: number;
  readonly compression: string;
  readonly timestampType: string;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly deleteHorizonMs?: number;
  readonly records: readonly GoldenRecord[];
}

/** One file: batches, or the entries of an index. */
export interface GoldenFile {
  readonly file: string;
  readonly batches?: readonly GoldenBatch[];
  readonly entries?: readonly Readonly<Record<string, number>>[];
  readonly producers?: { readonly producerEntries: readonly Readonly<Record<string, number>>[] };
}

/** All files, in the order of their names. */
export function goldenFiles(): GoldenFile[] {
  const text = Deno.readTextFileSync(new URL("../golden/kafka_data_dir.jsonl", import.meta.url));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string;
}

/** The last offset that each group committed for each partition, by group and `topic-partition`. */
export function offsetsAsCommitted(files: readonly GoldenFile[]): Map<string, Map<string, CommittedOffset>> {
  const groups = new Map<string, Map<string, CommittedOffset>>();
  for (const { file, batches } of files) {
    if (!file.startsWith("__consumer_offsets-") || !file.endsWith(".log")) continue;
    for (const { decoded } of (batches ?? []).flatMap(({ records }) => records)) {
      if (decoded?.type !== "OffsetCommitKey") continue;
      const { group, topic, partition } = decoded.key as { group: string; topic: string; partition: number };
      const value = decoded.value as { offset: number; metadata: string } | undefined;
      const offsets = groups.get(group) ?? new Map<string, CommittedOffset>();
      groups.set(group, offsets);
      if (value === undefined) offsets.delete(`${topic}-${partition}`);
      else offsets.set(`${topic}-${partition}`, { offset: value.offset, metadata: value.metadata });
    }
  }
  return groups;
}
