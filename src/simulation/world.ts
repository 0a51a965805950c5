/** One simulated world: its time, its network, its machines, and what was found wrong in it. */

import type { InvariantError } from "../core/assert.ts";
import { messageOf } from "../core/errors.ts";
import { Prng } from "../core/prng.ts";
import { CONTROLLER_PORT } from "./cluster/cluster_plan.ts";
import { Findings } from "./findings.ts";
import { Machine } from "./machine.ts";
import { Fabric } from "./network/fabric.ts";
import { Wiretap } from "./network/wiretap.ts";
import { type Host, Scheduler } from "./scheduler.ts";
import type { Transcript } from "./transcript.ts";

/** When every simulated world begins, in Unix milliseconds. */
const BEGINNING_MS = 1_760_000_000_000;

/** What clients are promised: it must hold from the moment that they are told. */
export const promises = ["produced", "committed", "created", "deleted", "altered"] as const;
export type Promised = (typeof promises)[number];

export class World {
  readonly scheduler: Scheduler;
  readonly fabric: Fabric;
  readonly findings: Findings;
  /** For whoever builds the world; each part of it has its own. */
  readonly prng: Prng;
  readonly machines: Machine[] = [];
  /** What nodes ask controllers over the network. */
  readonly wiretap = new Wiretap();
  /** How often a machine has lost its power: what was acknowledged before and not promised to last may be gone. */
  powerCuts = 0;
  /** How often a node's process has ended, whatever the way. */
  ends = 0;
  /** Called whenever a client is told that something was done that it asked for. */
  onTold: (what: Promised) => void = () => {};
  /** In which event a process was last crashed. */
  #crashedAt = -1;

  constructor(host: Host, seed: number, transcript: Transcript) {
    this.prng = new Prng(seed);
    this.scheduler = new Scheduler(host, transcript);
    this.scheduler.onError = (error, life) => this.onUncaught(error, life?.name ?? "the network");
    this.fabric = new Fabric(this.scheduler, this.prng.fork());
    this.findings = new Findings(() => this.scheduler.nowUs);
    this.fabric.onConnect = (pair) => {
      if (pair.server.local.port === CONTROLLER_PORT) this.wiretap.attach(pair);
    };
  }

  /** A process has ended just now: until the next event what is left of it may still stumble. */
  onCrash(): void {
    this.#crashedAt = this.scheduler.events;
  }

  /** An assertion did not hold, whether or not somebody caught it. */
  onInvariant(error: InvariantError): void {
    if (this.scheduler.events === this.#crashedAt) return;
    this.findings.report("no assertion fires", error.stack ?? error.message);
  }

  /** Adds a machine whose clocks are a little wrong. */
  addMachine(host: string): Machine {
    const machine = new Machine({
      host,
      scheduler: this.scheduler,
      fabric: this.fabric,
      prng: this.prng.fork(),
      clock: {
        driftPpm: this.prng.below(401) - 200,
        wallMs: BEGINNING_MS + this.prng.below(2000) - 1000,
        monotonicMs: this.prng.below(1_000_000),
      },
    });
    this.machines.push(machine);
    return machine;
  }

  /** Something was thrown that nobody caught. */
  onUncaught(error: unknown, where: string): void {
    // What a dead process tries has no effect, and what it makes of that is nobody's business.
    if (messageOf(error).includes("the process has ended")) return;
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    this.findings.report("an error is caught", `${where}: ${stack}`);
  }

  /** Lets a task of the simulation itself run by the side; that it fails is a finding. */
  spawn(name: string, task: () => Promise<void>): void {
    task().catch((error) => this.onUncaught(error, name));
  }

  /** Runs until `isDone`, for at most `us`; stops early when something is found. Returns whether it is done. */
  async runFor(us: number, isDone: () => boolean = () => false): Promise<boolean> {
    let done = false;
    const isOver = () => this.findings.first !== null || (done = isDone());
    await this.scheduler.run(this.scheduler.nowUs + us, isOver);
    return done;
  }
}
