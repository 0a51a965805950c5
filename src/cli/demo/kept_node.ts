/** A node of the demo cluster from outside: its process, and what was done to it. */

import type { Address } from "../../platform/network.ts";
import type { Timers } from "../../platform/platform.ts";
import type { ChildProcess, Process } from "../../platform/process.ts";
import type { KeeperWord } from "./demo_node.ts";
import { linesOf } from "./lines.ts";
import { type PlannedNode, SETTINGS_VARIABLE } from "./node_settings.ts";

/** How long a node may take to serve, and to end in order, in milliseconds. */
const START_MS = 30_000;
const STOP_MS = 20_000;
/** The last lines of its log that are kept, to say why it ended. */
const KEPT_LINES = 20;

const encoder = new TextEncoder();

export interface KeptNodeParts {
  readonly process: Process;
  readonly timers: Timers;
  /** Is told every line of its log. */
  onLog(id: number, line: string): void;
}

export class KeptNode {
  readonly id: number;
  readonly client: Address;
  readonly http: Address;
  readonly #plan: PlannedNode;
  readonly #parts: KeptNodeParts;
  #child: ChildProcess | null = null;
  #log: string[] = [];
  isReady = false;
  isIsolated = false;
  isFrozen = false;

  constructor(plan: PlannedNode, parts: KeptNodeParts) {
    this.id = plan.settings.id;
    this.client = plan.client;
    this.http = plan.http;
    this.#plan = plan;
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Whether somebody who asks it gets an answer that is worth something. */
  get isFit(): boolean {
    return this.isReady && !this.isIsolated && !this.isFrozen;
  }

  /** Starts it; resolves when it serves. Throws an `Error` with the end of its log when it does not. */
  async start(): Promise<void> {
    const environment = { [SETTINGS_VARIABLE]: JSON.stringify(this.#plan.settings) };
    const child = this.#child = this.#parts.process.startAgain(["demo"], environment);
    this.#log = [];
    const ready = Promise.withResolvers<void>();
    void this.#follow(child.stderr, (line) => this.#keep(line));
    void this.#follow(child.stdout, (line) => line.includes('"ready"') && ready.resolve());
    const ended = child.ended.then((code) => {
      if (this.#child === child) this.#onEnded();
      return code;
    });
    const outcome = await Promise.race([
      ready.promise,
      ended,
      this.#parts.timers.sleep(START_MS).then(() => null),
    ]);
    if (outcome === undefined) {
      this.isReady = true;
      return;
    }
    child.signal("SIGKILL");
    const why = outcome === null ? `took longer than ${START_MS / 1_000} s` : `ended with ${outcome}`;
    throw new Error([`node ${this.id} does not start: it ${why}`, ...this.#log].join("\n"));
  }

  /** Asks it to end in order. Throws when it does not. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.isReady = false;
    child.signal("SIGTERM");
    const late = this.#parts.timers.sleep(STOP_MS).then(() => null);
    if (await Promise.race([child.ended, late]) === null) {
      throw new Error(`node ${this.id} did not stop within ${STOP_MS / 1_000} s`);
    }
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.isReady = false;
    child.signal("SIGKILL");
    await child.ended;
  }

  freeze(): void {
    this.isFrozen = true;
    this.#child?.signal("SIGSTOP");
  }

  thaw(): void {
    this.isFrozen = false;
    this.#child?.signal("SIGCONT");
  }

  async isolate(): Promise<void> {
    this.isIsolated = true;
    await this.#say("isolate");
  }

  async heal(): Promise<void> {
    this.isIsolated = false;
    await this.#say("heal");
  }

  async #say(word: KeeperWord): Promise<void> {
    await this.#child?.write(encoder.encode(`${word}\n`));
  }

  #onEnded(): void {
    this.#child = null;
    this.isReady = false;
    this.isIsolated = false;
    this.isFrozen = false;
  }

  #keep(line: string): void {
    this.#log.push(line);
    if (this.#log.length > KEPT_LINES) this.#log.shift();
    this.#parts.onLog(this.id, line);
  }

  async #follow(stream: ChildProcess["stdout"], take: (line: string) => void): Promise<void> {
    try {
      for await (const line of linesOf(stream)) take(line);
    } catch {
      // It has ended, which says itself.
    }
  }
}
