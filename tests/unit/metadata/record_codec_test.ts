import assert from "node:assert/strict";
import fc from "fast-check";
import { DecodeError } from "../../../src/core/errors.ts";
import { LATEST_METADATA_VERSION, MetadataVersion } from "../../../src/metadata/features.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecordDraft,
} from "../../../src/metadata/record_codec.ts";
import { goldenValues, LOG } from "./golden_log.ts";

Deno.test("whatever the bytes are, reading a record gives a record or a DecodeError", () => {
  const values = goldenValues(LOG);
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  const damaged = fc.tuple(fc.nat({ max: values.length - 1 }), fc.array(change, { maxLength: 4 }), fc.nat());
  fc.assert(
    fc.property(damaged, ([index, changes, length]) => {
      const bytes = values[index]!.slice();
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      try {
        decodeMetadataRecord(length % 3 === 0 ? bytes.subarray(0, length % bytes.length) : bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("what this program cannot read is refused, not skipped", () => {
  const refused: [number[], RegExp][] = [
    [[2, 2, 0], /frame version 2/],
    [[1, 99, 0], /unknown type 99/],
    [[1, 2, 1], /version 1 is not one of 0-0/],
    [[1, 20, 0, 0, 0], /1 bytes are left over/],
  ];
  for (const [bytes, message] of refused) {
    assert.throws(() => decodeMetadataRecord(Uint8Array.from(bytes)), message);
  }
  assert.throws(() => decodeMetadataRecord(null), /null/);
});

Deno.test("records are written in the versions that the cluster's metadata.version knows", () => {
  const id = "aaaaaaaaaaaaaaaaaaaaaA";
  const partition: MetadataRecordDraft = {
    type: "PartitionChangeRecord",
    data: { topicId: id, partitionId: 0, leader: 1, directories: [id], eligibleLeaderReplicas: [2] },
  };
  const broker: MetadataRecordDraft = {
    type: "RegisterBrokerRecord",
    data: {
      brokerId: 1,
      incarnationId: id,
      brokerEpoch: 1,
      endPoints: [],
      features: [],
      rack: null,
      logDirs: [id],
    },
  };
  const change = (data: object): MetadataRecordDraft => ({
    type: "BrokerRegistrationChangeRecord",
    data: { brokerId: 1, brokerEpoch: 1, fenced: 0, ...data },
  });
  const { V3_3_IV3, V3_4_IV0, V3_7_IV2, V4_0_IV1 } = MetadataVersion;
  const cases: [MetadataRecordDraft, number, number][] = [
    [partition, V3_3_IV3, 0],
    [partition, V3_7_IV2, 1],
    [partition, V4_0_IV1, 2],
    [broker, V3_3_IV3, 1],
    [broker, V3_4_IV0, 2],
    [broker, V3_7_IV2, 3],
    [broker, LATEST_METADATA_VERSION, 4],
    [change({ fenced: 1 }), LATEST_METADATA_VERSION, 0],
    [change({ inControlledShutdown: 1 }), LATEST_METADATA_VERSION, 1],
    [change({ logDirs: [id] }), LATEST_METADATA_VERSION, 2],
    [change({ cordonedLogDirs: [] }), LATEST_METADATA_VERSION, 3],
  ];
  for (const [record, level, version] of cases) {
    assert.equal(encodeMetadataRecord(record, level)[2], version, `${record.type} at ${level}`);
  }
});
