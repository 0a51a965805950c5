/** The control records of the metadata log and of snapshots, between raft's form and the bytes of the log. */

import { ByteReader, ByteWriter } from "../../core/bytes.ts";
import type { NodeId, Offset } from "../../core/ids.ts";
import { codecOf } from "../../protocol/codec.ts";
import {
  kRaftVersionRecord,
  leaderChangeMessage,
  snapshotFooterRecord,
  snapshotHeaderRecord,
  votersRecord,
} from "../../protocol/records/control.ts";
import type { Encodable, Message } from "../../protocol/schema.ts";
import type { ControlRecord } from "../../raft/effects.ts";
import type { KRaftVersionAt, Voter, VotersAt } from "../../raft/types.ts";
import type { BatchView } from "../../records/batch.ts";
import { controlKey, type ControlRecordType, readControlKey } from "../../records/control_record.ts";
import { recordsOf } from "../../records/record.ts";

/** A control record as a batch holds it. */
export interface EncodedControlRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** All control records are written in version 0, as Kafka 4.3 does; each says so in its first field. */
const VERSION = 0;

function encode<M extends Message>(
  type: ControlRecordType,
  message: M,
  value: Encodable<M>,
): EncodedControlRecord {
  const writer = new ByteWriter(128);
  codecOf(message, VERSION).encode(writer, value);
  return { key: controlKey(type), value: writer.toBytes() };
}

/** A control record that raft wants in the log. */
export function encodeControlRecord(record: ControlRecord): EncodedControlRecord {
  switch (record.type) {
    case "leaderChange":
      return encode("LeaderChange", leaderChangeMessage, {
        version: VERSION,
        leaderId: record.leaderId,
        voters: record.voters.map((voter) => ({ voterId: voter.id })),
        grantingVoters: record.grantingVoters.map((voter) => ({ voterId: voter.id })),
      });
    case "kraftVersion":
      return encode("KRaftVersion", kRaftVersionRecord, {
        version: VERSION,
        kRaftVersion: record.kraftVersion,
      });
    case "voters":
      return encode("KRaftVoters", votersRecord, {
        version: VERSION,
        voters: record.voters.map((voter) => ({
          voterId: voter.id,
          voterDirectoryId: voter.directoryId,
          endpoints: voter.endpoints,
          kRaftVersionFeature: {
            minSupportedVersion: voter.minKRaftVersion,
            maxSupportedVersion: voter.maxKRaftVersion,
          },
        })),
      });
  }
}

/** The first record of a snapshot. */
export function snapshotHeader(lastContainedLogTimestamp: number): EncodedControlRecord {
  return encode("SnapshotHeader", snapshotHeaderRecord, { version: VERSION, lastContainedLogTimestamp });
}

/** The last record of a snapshot: one without it is incomplete. */
export function snapshotFooter(): EncodedControlRecord {
  return encode("SnapshotFooter", snapshotFooterRecord, { version: VERSION });
}

/** What raft wants to know of the control records in a range of the log. */
export interface ControlSummary {
  readonly voterSets: VotersAt[];
  readonly kraftVersions: KRaftVersionAt[];
  /** A snapshot's first and last records were among them. */
  hasHeader: boolean;
  hasFooter: boolean;
}

export function emptyControlSummary(): ControlSummary {
  return { voterSets: [], kraftVersions: [], hasHeader: false, hasFooter: false };
}

/** Adds what a control batch says. Throws DecodeError when it is damaged; records of unknown type are skipped. */
export function summarizeControlBatch(batch: BatchView, summary: ControlSummary): void {
  for (const record of recordsOf(batch)) {
    const offset = record.offset as Offset;
    const reader = new ByteReader(record.value ?? new Uint8Array(0));
    switch (readControlKey(record.key).type) {
      case "KRaftVoters":
        summary.voterSets.push({
          offset,
          voters: codecOf(votersRecord, VERSION).decode(reader).voters.map(asVoter),
        });
        break;
      case "KRaftVersion":
        summary.kraftVersions.push({
          offset,
          version: codecOf(kRaftVersionRecord, VERSION).decode(reader).kRaftVersion,
        });
        break;
      case "SnapshotHeader":
        summary.hasHeader = true;
        break;
      case "SnapshotFooter":
        summary.hasFooter = true;
        break;
      default:
    }
  }
}

type WireVoter = {
  voterId: number;
  voterDirectoryId: Voter["directoryId"];
  endpoints: Voter["endpoints"];
  kRaftVersionFeature: { minSupportedVersion: number; maxSupportedVersion: number };
};

function asVoter(voter: WireVoter): Voter {
  return {
    id: voter.voterId as NodeId,
    directoryId: voter.voterDirectoryId,
    endpoints: voter.endpoints.map(({ name, host, port }) => ({ name, host, port })),
    minKRaftVersion: voter.kRaftVersionFeature.minSupportedVersion,
    maxKRaftVersion: voter.kRaftVersionFeature.maxSupportedVersion,
  };
}
