/** What the records of Kafka's internal topics mean: the choice of who can tell. */

import type { TopicPartition } from "../../../log/file_names.ts";
import type { Decoded } from "./coordinator_record.ts";

/** Tells what a record means. Throws DecodeError when it cannot. */
export type Decoder = (key: Uint8Array | null, value: Uint8Array | null) => Decoded;

/** What `--decode` may be. */
export const decodings = ["auto", "offsets", "transactions", "metadata", "share", "none"] as const;
export type Decoding = (typeof decodings)[number];

const decodingOfTopic: Readonly<Record<string, Decoding>> = {
  __consumer_offsets: "offsets",
  __transaction_state: "transactions",
  __cluster_metadata: "metadata",
  __share_group_state: "share",
};

/** How to decode the records of a file in the directory of `partition`; null when they are anybody's. */
export async function decoderFor(
  decoding: Decoding,
  partition: TopicPartition | null,
): Promise<Decoder | null> {
  switch (decoding === "auto" ? decodingOfTopic[partition?.topic ?? ""] ?? "none" : decoding) {
    case "offsets":
      return (await import("./offsets.ts")).decodeOffsetsRecord;
    case "transactions":
      return (await import("./transactions.ts")).decodeTransactionRecord;
    case "metadata":
      return (await import("./metadata.ts")).decodeMetadata;
    case "share":
      return (await import("./share.ts")).decodeShareRecord;
    default:
      return null;
  }
}
