/** A workload, and what it is given to run with. */

import type { Clients } from "./clients.ts";
import type { Figures } from "./figures.ts";
import type { Peer } from "./peer.ts";
import { cpuSeconds, peakBytes, resetPeak } from "./process.ts";

/** A broker, or a cluster of them, that serves. */
export interface Target {
  readonly peer: Peer;
  readonly bootstrap: string;
  readonly port: number;
  readonly pids: readonly number[];
}

/** What workloads share. */
export interface Bench {
  readonly clients: Clients;
  /** Where peers may keep their data; a directory of the file system that is to be measured. */
  readonly directory: string;
  /** Multiplies how much is sent: 1 in a full run. */
  readonly scale: number;
  /** How much the recovery after a kill has to look at, in bytes. */
  readonly recoveryBytes: number;
  /** What `1k` found: the least produce throughput of any peer, in records a second. */
  peakRecordsPerSecond: number | undefined;
}

/** The usual warm-up: what code needs to be warm is less than what is measured. */
export const WARM_UP = 0.4;

/** What is measured on each peer in turn. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** What it runs on: the brokers that are up all the time, brokers of its own, or clusters of three. */
  readonly on: "broker" | "peer" | "cluster";
  /** How much of it runs once before the pairs, so that the code of both sides is warm. */
  readonly warmUp?: number;
  /** Pairs, when it is fewer than the number that was asked for. */
  readonly maxPairs?: number;
  /** How much of the whole time it may take, compared with the usual 1. */
  readonly share?: number;
  /** What is on the other side; Kafka unless set. */
  readonly against?: "NATS" | "bare server";
  /** About how much it writes at full scale, in 10^6 bytes; 300 unless set. */
  readonly writesMB?: number;
  runOn?(target: Target, bench: Bench): Promise<Figures>;
  runWith?(peer: Peer, bench: Bench): Promise<Figures>;
}

/** What a piece of work cost the broker. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

/** Runs `task` and takes down what it cost the target's processes. */
export async function costOf<T>(target: Target, task: () => Promise<T>): Promise<{ result: T; cost: Cost }> {
  resetPeak(target.pids);
  const before = cpuSeconds(target.pids);
  const result = await task();
  return {
    result,
    cost: { cpuSeconds: cpuSeconds(target.pids) - before, peakRssMiB: peakBytes(target.pids) / 2 ** 20 },
  };
}
