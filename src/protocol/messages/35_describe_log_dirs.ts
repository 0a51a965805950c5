/**
 * DescribeLogDirs (35): log directories, their replicas and space. KIP-113, KIP-827, KIP-1066. Sluice also tells, when
 * asked, what replicas are made of.
 */

import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  OWN_TAGS,
  string,
} from "../schema.ts";

export const describeLogDirsRequest = message("DescribeLogDirsRequest", {
  versions: "1-5",
  flexible: "2+",
  fields: {
    topics: array("0+", {
      topic: string("0+"),
      partitions: arrayOf(int32, "0+"),
    }, { nullable: "0+" }),
    /** Asks for what replicas are made of. */
    storage: bool("2+", { tag: OWN_TAGS }),
  },
});

export const describeLogDirsResponse = message("DescribeLogDirsResponse", {
  versions: "1-5",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("3+", { default: 0 }),
    results: array("0+", {
      errorCode: int16("0+"),
      logDir: string("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
          partitionSize: int64("0+"),
          offsetLag: int64("0+"),
          isFutureKey: bool("0+"),
          segmentCount: int32("2+", { tag: OWN_TAGS, default: -1 }),
          logStartOffset: int64("2+", { tag: OWN_TAGS + 1, default: -1 }),
          logEndOffset: int64("2+", { tag: OWN_TAGS + 2, default: -1 }),
          /** What compaction has been over and what it has still to do; -1 where nothing is compacted. */
          cleanBytes: int64("2+", { tag: OWN_TAGS + 3, default: -1 }),
          dirtyBytes: int64("2+", { tag: OWN_TAGS + 4, default: -1 }),
        }),
      }),
      totalBytes: int64("4+", { default: -1 }),
      usableBytes: int64("4+", { default: -1 }),
      isCordoned: bool("5+", { default: false }),
    }),
  },
});

/** API 35. */
export const describeLogDirs = api(35, "DescribeLogDirs", describeLogDirsRequest, describeLogDirsResponse);

export type DescribeLogDirsRequest = Decoded<typeof describeLogDirsRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeLogDirsResponse = Encodable<typeof describeLogDirsResponse>;
