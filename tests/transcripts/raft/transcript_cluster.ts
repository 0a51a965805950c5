/**
 * A few replicas whose messages wait in lines until a transcript's command delivers or drops them. Disks are fast
 * and never fail; `hold flushes` makes one slow.
 */

import { nodeId, offset, type Uuid } from "../../../src/core/ids.ts";
import type { Effect } from "../../../src/raft/effects.ts";
import type { RaftEvent } from "../../../src/raft/events.ts";
import type { RaftReply, RaftRequest, RaftResponse } from "../../../src/raft/messages.ts";
import { Raft } from "../../../src/raft/raft.ts";
import { DEFAULT_TIMEOUTS, SUPPORTED_KRAFT_VERSIONS, type Voter } from "../../../src/raft/types.ts";
import { controlRecords, type Entry, SimDisk, type Snapshot } from "../../simulation/raft/sim_disk.ts";
import { effectText } from "./effect_text.ts";

interface Message {
  readonly from: number;
  readonly to: number;
  readonly requestId: number;
  readonly request: RaftRequest | null;
  readonly response: RaftResponse | null;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
}

interface Node {
  readonly voter: Voter;
  readonly disk: SimDisk;
  raft: Raft | null;
  holdsFlushes: boolean;
  nextDeadlineMs: number;
  downloaded: Snapshot | null;
}

export class TranscriptCluster {
  readonly lines: string[] = [];
  /** How many records an answer to a fetch carries at most. */
  maxRecords = Infinity;
  readonly #nodes = new Map<number, Node>();
  #initialVoters: readonly Voter[] = [];
  #messages: Message[] = [];
  readonly #cut = new Set<string>();
  readonly #waiting = new Map<number, Message>();
  #nextToken = 1;
  #nowMs = 0;

  /** `nodes 1,2,3 observers 4`: the ids of the first voters and of others. */
  addNodes(voters: readonly number[], observers: readonly number[]): void {
    this.#initialVoters = voters.map(voterOf);
    for (const id of [...voters, ...observers]) {
      const voter = voterOf(id);
      const disk = new SimDisk();
      const rest = { raft: null, holdsFlushes: false, nextDeadlineMs: Infinity, downloaded: null };
      this.#nodes.set(id, { voter, disk, ...rest });
    }
  }

  start(id: number): void {
    const node = this.#node(id);
    node.raft = new Raft(
      {
        ...DEFAULT_TIMEOUTS,
        localKey: { id: node.voter.id, directoryId: node.voter.directoryId },
        localEndpoints: node.voter.endpoints,
        canBeVoter: true,
        bootstrapVoters: this.#initialVoters,
        bootstrapKRaftVersion: 1,
        bootstrapServerIds: [],
        // No jitter: node 1 is the fastest to lose patience, by 100 ms a node.
        random: (bound) => Math.min(bound - 1, (id - 1) * 100),
      },
      node.disk.quorumState,
      node.disk.open(),
    );
    this.#step(id, { type: "start" });
  }

  /** Loses what is not flushed, and every message from and to the node. */
  crash(id: number): void {
    const node = this.#node(id);
    node.disk.crash({ chance: () => false, below: () => 0 });
    node.raft = null;
    this.#messages = this.#messages.filter(({ from, to }) => from !== id && to !== id);
    this.lines.push(`${id} is down, its log ends at ${node.disk.endOffset}`);
  }

  /** Moves time on; each node notices its deadlines in their turn. With `delivers`, messages arrive at once. */
  passTime(byMs: number, delivers: boolean): void {
    const untilMs = this.#nowMs + byMs;
    for (let count = 0; count < 10_000; count++) {
      if (delivers) this.deliver();
      const running = [...this.#nodes].filter(([, node]) => node.raft !== null);
      const next = running.reduce<[number, Node] | null>(
        (first, other) =>
          first !== null && first[1].nextDeadlineMs <= other[1].nextDeadlineMs ? first : other,
        null,
      );
      if (next === null || next[1].nextDeadlineMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next[1].nextDeadlineMs);
      this.#step(next[0], { type: "tick" });
    }
    this.#nowMs = untilMs;
  }

  /** Lets nothing through between two nodes, from now on. */
  cut(one: number, other: number): void {
    this.#cut.add(`${one}>${other}`).add(`${other}>${one}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  /** Delivers what is in line from one node to another, or everything, until nothing is left. */
  deliver(from?: number, to?: number): void {
    for (let count = 0; count < 1000; count++) {
      const index = this.#messages.findIndex((message) => isBetween(message, from, to));
      if (index < 0) return;
      const [message] = this.#messages.splice(index, 1);
      if (!this.#cut.has(`${message!.from}>${message!.to}`)) this.#receive(message!);
    }
    this.lines.push("never quiet");
  }

  drop(from?: number, to?: number): void {
    const dropped = this.#messages.filter((message) => isBetween(message, from, to));
    this.#messages = this.#messages.filter((message) => !isBetween(message, from, to));
    for (const message of dropped) {
      this.lines.push(`dropped ${message.from}>${message.to} ${(message.request ?? message.response)?.type}`);
    }
  }

  propose(id: number, recordCount: number): void {
    const leaderEpoch = this.#raft(id).leaderEpoch;
    this.#step(id, { type: "propose", token: this.#nextToken++, recordCount, leaderEpoch });
  }

  holdFlushes(id: number, holds: boolean): void {
    this.#node(id).holdsFlushes = holds;
    if (!holds) this.#flush(id);
  }

  ask(id: number, request: RaftRequest): void {
    this.#step(id, { type: "request", token: this.#nextToken++, request });
  }

  shutdown(id: number): void {
    this.#step(id, { type: "shutdown", timeoutMs: 5000 });
  }

  /** Snapshots what is committed and drops the log before it. */
  snapshot(id: number): void {
    const { disk } = this.#node(id);
    const raft = this.#raft(id);
    const end = raft.highWatermark;
    const snapshotId = { offset: end, epoch: raft.epochAt(offset(end - 1)) };
    disk.saveSnapshot(snapshotId);
    this.#step(id, { type: "snapshotCreated", snapshotId });
    disk.advanceStart(end);
    this.#step(id, { type: "logStartAdvanced", logStartOffset: end });
  }

  describe(): void {
    for (const [id, { raft, disk }] of this.#nodes) {
      if (raft === null) {
        this.lines.push(`${id} down`);
        continue;
      }
      const leader = raft.leaderId < 0 ? "none" : raft.leaderId;
      this.lines.push(
        `${id} ${raft.role} epoch ${raft.leaderEpoch} leader ${leader} log ${disk.startOffset}..${disk.endOffset} ` +
          `hw ${raft.highWatermark} voters ${raft.voters.map((voter) => voter.id)}`,
      );
    }
  }

  voter(id: number): Voter {
    return this.#node(id).voter;
  }

  #node(id: number): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  #raft(id: number): Raft {
    const { raft } = this.#node(id);
    if (raft === null) throw new Error(`node ${id} is down`);
    return raft;
  }

  #step(id: number, event: RaftEvent, received?: Message): void {
    const node = this.#node(id);
    const { effects, nextDeadlineMs } = this.#raft(id).step(event, this.#nowMs);
    node.nextDeadlineMs = nextDeadlineMs;
    let report: RaftEvent | null = null;
    for (const effect of effects) {
      this.lines.push(`${id} ${effectText(effect)}`);
      report = this.#carryOut(id, effect, event, received) ?? report;
    }
    if (report !== null) this.#step(id, report);
    if (report?.type === "appended" && !node.holdsFlushes) this.#flush(id);
  }

  /** Returns the report that the effect calls for. */
  #carryOut(id: number, effect: Effect, event: RaftEvent, received: Message | undefined): RaftEvent | null {
    const { disk } = this.#node(id);
    switch (effect.type) {
      case "persist":
        disk.quorumState = effect.state;
        return null;
      case "truncate":
        disk.truncate(effect.endOffset);
        return null;
      case "appendControl":
        return this.#append(
          id,
          effect.records.map((control) => ({ epoch: effect.leaderEpoch, value: "", control })),
        );
      case "appendProposal": {
        const count = event.type === "propose" ? event.recordCount : 0;
        const entry = { epoch: effect.leaderEpoch, value: "a record", control: null };
        return this.#append(id, Array.from({ length: count }, () => entry));
      }
      case "appendFetched":
        return this.#append(id, received!.entries);
      case "installSnapshot": {
        const snapshot = this.#node(id).downloaded!;
        disk.installSnapshot(snapshot);
        const { voters, kraftVersion } = snapshot;
        return { type: "snapshotInstalled", snapshotId: snapshot.id, voters, kraftVersion };
      }
      case "send": {
        const { requestId, to, request } = effect;
        this.#messages.push({
          from: id,
          to,
          requestId,
          request,
          response: null,
          entries: [],
          snapshot: null,
        });
        return null;
      }
      case "reply":
        this.#reply(id, effect.token, effect.reply);
        return null;
      default:
        return null;
    }
  }

  #append(id: number, entries: readonly Entry[]): RaftEvent {
    const { disk } = this.#node(id);
    disk.append(entries);
    return { type: "appended", endOffset: offset(disk.endOffset) };
  }

  #flush(id: number): void {
    const { disk } = this.#node(id);
    disk.beginSync();
    disk.endSync();
    this.#step(id, { type: "flushed", logEnd: this.#raft(id).logEnd });
  }

  #receive(message: Message): void {
    const { to, from, requestId, request, response } = message;
    const node = this.#nodes.get(to);
    if (node?.raft === null || node === undefined) {
      if (request !== null) this.#step(from, { type: "requestFailed", requestId });
      return;
    }
    if (message.snapshot !== null) node.downloaded = message.snapshot;
    if (response !== null) return this.#step(to, { type: "response", requestId, response }, message);
    const token = this.#nextToken++;
    this.#waiting.set(token, message);
    this.#step(to, { type: "request", token, request: request! });
  }

  #reply(id: number, token: number, reply: RaftReply): void {
    const asked = this.#waiting.get(token);
    this.#waiting.delete(token);
    if (asked === undefined || this.#nodes.get(asked.from)?.raft === null) return;
    const { disk } = this.#node(id);
    const isFetch = reply.type === "fetch" && reply.readFrom !== null;
    const end = isFetch ? Math.min(reply.readTo, reply.readFrom! + this.maxRecords) : 0;
    const entries = isFetch ? disk.read(reply.readFrom!, end) : [];
    const snapshot = reply.type === "fetchSnapshot" ? disk.snapshot : null;
    const { from, requestId } = asked;
    const response = toResponse(reply, entries);
    this.#messages.push({ from: id, to: from, requestId, request: null, response, entries, snapshot });
  }
}

function voterOf(id: number): Voter {
  const directoryId = `directoryOfNode${String(id).padStart(7, "0")}` as Uuid;
  const endpoints = [{ name: "CONTROLLER", host: `node${id}`, port: 9093 }];
  return { id: nodeId(id), directoryId, endpoints, ...SUPPORTED_KRAFT_VERSIONS };
}

function isBetween(message: Message, from: number | undefined, to: number | undefined): boolean {
  return (from === undefined || message.from === from) && (to === undefined || message.to === to);
}

function toResponse(reply: RaftReply, entries: readonly Entry[]): RaftResponse {
  if (reply.type === "fetchSnapshot") return { ...reply, length: 50, size: 100 };
  if (reply.type !== "fetch") return reply;
  if (reply.readFrom === null || entries.length === 0) return { ...reply, records: null };
  const baseOffset = reply.readFrom;
  const starts = entries.map((entry, index) => ({
    epoch: entry.epoch,
    startOffset: offset(baseOffset + index),
  }));
  const epochStarts = starts.filter((start, index) => start.epoch !== starts[index - 1]?.epoch);
  const endOffset = offset(baseOffset + entries.length);
  return {
    ...reply,
    records: { baseOffset, endOffset, epochStarts, ...controlRecords(entries, baseOffset) },
  };
}
