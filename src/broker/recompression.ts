/** `compression.type` of a topic: batches that a producer compressed otherwise are compressed anew before the append. */

import type { TopicConfig } from "../config/table.ts";
import { DecodeError } from "../core/errors.ts";
import { BatchCursor, type BatchView, verifyBatch } from "../records/batch.ts";
import { BatchBuilder } from "../records/batch_builder.ts";
import { compressionId, type CompressionName } from "../records/compression/codec.ts";
import { RecordCursor } from "../records/record.ts";

/** The most that one batch may hold decompressed, in bytes. */
const MAX_DECOMPRESSED_BYTES = 128 * 1024 * 1024;

/**
 * The batch in the codec that the topic wants: `records` themselves when they are in it already, or when the topic
 * keeps what producers choose, or when they are no sound batch, which the log will say. Null when the records inside
 * cannot be read.
 */
export function inTopicCodec(records: Uint8Array, config: TopicConfig): Uint8Array | null {
  const type = config["compression.type"];
  if (type === "producer") return records;
  const codec: CompressionName = type === "uncompressed" ? "none" : type;
  const batch = new BatchCursor(records);
  if (!batch.next() || batch.compressionId === compressionId(codec)) return records;
  if (verifyBatch(records, batch.at) !== null) return records;
  try {
    return rebuild(batch, codec, levelOf(codec, config));
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function rebuild(batch: BatchView, compression: CompressionName, level: number | undefined): Uint8Array {
  const { baseOffset, timestampType, producerId, producerEpoch, baseSequence, isTransactional, isControl } =
    batch;
  const builder = new BatchBuilder({
    compression,
    ...(level === undefined ? {} : { compressionLevel: level }),
    ...{ baseOffset, timestampType, producerId, producerEpoch, baseSequence, isTransactional, isControl },
    logAppendTimestamp: batch.maxTimestamp,
  });
  const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
  while (cursor.next()) builder.appendFrom(cursor);
  return builder.build();
}

function levelOf(codec: CompressionName, config: TopicConfig): number | undefined {
  switch (codec) {
    case "gzip":
      return config["compression.gzip.level"];
    case "lz4":
      return config["compression.lz4.level"];
    case "zstd":
      return config["compression.zstd.level"];
    default:
      return undefined;
  }
}
