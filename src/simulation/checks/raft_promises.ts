/**
 * What a voter of the quorum says to others it must still know after a power cut (Raft, figure 2: "updated on stable
 * storage before responding"): whom it has voted for, that it stands itself, and how much of the log it has. Looks at
 * what is on the disks at the moment at which the words leave the machine, and compares the votes of an epoch.
 */

import type { FetchRequest } from "../../protocol/messages/01_fetch.ts";
import type { VoteRequest } from "../../protocol/messages/52_vote.ts";
import { METADATA_TOPIC_ID } from "../../core/uuid.ts";
import { BatchCursor } from "../../records/batch.ts";
import { Directory } from "../disk/directory.ts";
import { FileContent } from "../disk/file_content.ts";
import type { Findings } from "../findings.ts";
import type { Machine } from "../machine.ts";
import type { Eavesdropper } from "../network/wiretap.ts";

const METADATA_LOG = "__cluster_metadata-0";
const LOG_FILE = /^\d{20}\.log$/;
const SNAPSHOT = /^\d{20}-\d{10}\.checkpoint$/;

/** The part of `quorum-state` that must not get lost. */
interface SavedVote {
  readonly leaderEpoch: number;
  readonly votedId: number;
}

/** What a candidate says of itself. */
type Candidacy = VoteRequest["topics"][number]["partitions"][number];
type FetchedUpTo = FetchRequest["topics"][number]["partitions"][number];

export class RaftPromises implements Eavesdropper {
  readonly #findings: Findings;
  readonly #machines: readonly Machine[];
  /** By voter and epoch. */
  readonly #votes = new Map<string, number>();

  constructor(findings: Findings, machines: readonly Machine[]) {
    this.#findings = findings;
    this.#machines = machines;
  }

  onVoteRequest(host: string, request: VoteRequest): void {
    for (const candidacy of candidacies(request)) {
      if (candidacy.preVote) continue;
      this.#requireSaved(host, candidacy);
      this.#noteVote(host, candidacy);
    }
  }

  onVoteGranted(host: string, request: VoteRequest): void {
    for (const candidacy of candidacies(request)) {
      this.#requireSaved(host, candidacy);
      this.#noteVote(host, candidacy);
    }
  }

  /** The vote of this epoch, or the word of a later one, is on the disk. */
  #requireSaved(host: string, { replicaId, replicaEpoch }: Candidacy): void {
    const saved = this.#savedVote(host);
    const isSaved = saved !== null &&
      (saved.leaderEpoch > replicaEpoch ||
        (saved.leaderEpoch === replicaEpoch && saved.votedId === replicaId));
    this.#findings.require(
      isSaved,
      "a vote is on the disk before it is told",
      () => `${host} votes for ${replicaId} in epoch ${replicaEpoch}; its disk has ${JSON.stringify(saved)}`,
    );
  }

  #noteVote(host: string, { replicaId, replicaEpoch }: Candidacy): void {
    // Another disk is another voter (KIP-853).
    const key = `${host}/${this.#identityOf(host)}@${replicaEpoch}`;
    const known = this.#votes.get(key);
    this.#votes.set(key, known ?? replicaId);
    this.#findings.require(
      known === undefined || known === replicaId,
      "a voter has one vote in an epoch",
      () => `${host} votes for ${replicaId} in epoch ${replicaEpoch}, and has voted for ${known}`,
    );
  }

  onFetch(host: string, { topics, replicaState }: FetchRequest): void {
    if (replicaState.replicaId < 0) return;
    for (const { topicId, partitions } of topics) {
      if (topicId !== METADATA_TOPIC_ID) continue;
      for (const partition of partitions) this.#requireFetched(host, partition);
    }
  }

  /**
   * A fetch tells the leader that all before it is durable: it counts that as a copy. Not so when its last record is in
   * the log no more: then it was written before a leader's log had this one cut, and has waited for its connection.
   * Only a leader with that very record counts it (KIP-595: others answer with where the logs part), and none of this
   * epoch or a later one has it, or there would have been no cut.
   */
  #requireFetched(host: string, { fetchOffset, lastFetchedEpoch }: FetchedUpTo): void {
    const directory = this.#quorumDirectory(host);
    if (directory === null) return;
    const logs = directory.entries().filter(([name]) => LOG_FILE.test(name));
    const isAllDurable = logs.every(([name, file]) =>
      file instanceof FileContent && file.isDurable && directory.durable(name) === file
    );
    if (isAllDurable) return;
    const end = durableEnd(directory);
    this.#findings.require(
      end >= fetchOffset || wasCut(directory, fetchOffset, lastFetchedEpoch),
      "what was fetched is on the disk before more is asked for",
      () => `${host} fetches from ${fetchOffset}; its disk has the log up to ${end}`,
    );
  }

  #root(host: string): Directory | null {
    const data = this.#machines.find((machine) => machine.host === host)?.medium.root.durable("data");
    return data instanceof Directory ? data : null;
  }

  #quorumDirectory(host: string): Directory | null {
    const directory = this.#root(host)?.durable(METADATA_LOG);
    return directory instanceof Directory ? directory : null;
  }

  #identityOf(host: string): string {
    return textOf(this.#root(host)?.durable("meta.properties")).match(/^directory\.id=(.*)$/m)?.[1] ?? "";
  }

  #savedVote(host: string): SavedVote | null {
    const text = textOf(this.#quorumDirectory(host)?.durable("quorum-state"));
    return text === "" ? null : JSON.parse(text);
  }
}

function candidacies({ topics }: VoteRequest): readonly Candidacy[] {
  return topics.flatMap(({ partitions }) => partitions);
}

function textOf(file: unknown): string {
  return file instanceof FileContent ? new TextDecoder().decode(file.durable()) : "";
}

/** Up to where a log, or the snapshot that it begins with, would surely be there after a power cut. */
function durableEnd(directory: Directory): number {
  const entries = directory.durableEntries();
  const snapshot = entries.findLast(([each, file]) =>
    SNAPSHOT.test(each) && file instanceof FileContent && file.isDurable
  );
  const snapshotEnd = Number(snapshot?.[0].slice(0, 20) ?? 0);
  const [name, file] = entries.findLast(([each]) => LOG_FILE.test(each)) ?? [];
  if (name === undefined || !(file instanceof FileContent)) return snapshotEnd;
  let end = Number(name.slice(0, 20));
  const cursor = new BatchCursor(file.durable());
  while (cursor.next()) end = cursor.nextOffset;
  return Math.max(end, snapshotEnd);
}

/** Whether the log as it is read now, durable or not, lacks the record of an epoch that was before `offset`. */
function wasCut(directory: Directory, offset: number, epoch: number): boolean {
  let isBehindSnapshot = true;
  for (const [name, file] of directory.entries()) {
    if (!LOG_FILE.test(name) || !(file instanceof FileContent)) continue;
    if (Number(name.slice(0, 20)) < offset) isBehindSnapshot = false;
    const cursor = new BatchCursor(file.view());
    while (cursor.next()) {
      if (cursor.baseOffset < offset && offset <= cursor.nextOffset) {
        return cursor.partitionLeaderEpoch !== epoch;
      }
    }
  }
  return !isBehindSnapshot;
}
