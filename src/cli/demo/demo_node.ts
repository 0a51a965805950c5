/**
 * A node of a demo cluster, in a process of its own: a broker as `sluice broker` runs it, on a network that its keeper
 * can cut. The keeper talks to it on standard input, a word a line; when that ends, the keeper has, and so does it.
 */

import { assert } from "../../core/assert.ts";
import type { Process, Signal } from "../../platform/process.ts";
import { runBroker } from "../broker/run.ts";
import type { CliContext } from "../context.ts";
import { ExitCode } from "../context.ts";
import { linesOf } from "./lines.ts";
import { type DemoNodeSettings, SETTINGS_VARIABLE } from "./node_settings.ts";
import { SeverableNetwork } from "./severable_network.ts";

/** What the keeper may say. */
export type KeeperWord = "isolate" | "heal";

/** How long a node may take to end once its keeper is gone, in milliseconds. */
const LAST_MS = 5_000;

export async function runDemoNode(settings: DemoNodeSettings, context: CliContext): Promise<number> {
  const { process, platform } = context;
  const network = new SeverableNetwork(platform.network, platform.timers, settings.peerPorts);
  const stop = new StopSignal(process);
  followKeeper(process, network).finally(() => {
    stop.send();
    platform.timers.after(LAST_MS, () => process.exit(ExitCode.FAILED));
  }).catch(() => {});
  return await runBroker(
    {
      config: undefined,
      set: Object.entries(settings.configs),
      nodeId: undefined,
      listen: undefined,
      advertise: undefined,
      controllerListen: undefined,
      join: undefined,
      controllers: undefined,
      dataDir: undefined,
      ephemeral: false,
      http: undefined,
      rack: undefined,
      logLevel: undefined,
      logFormat: undefined,
      roles: undefined,
    },
    { process: stop.process, platform: { ...platform, network } },
  );
}

async function followKeeper(process: Process, network: SeverableNetwork): Promise<void> {
  for await (const line of linesOf(process.stdin)) {
    const word = line as KeeperWord;
    if (word === "isolate") network.cut();
    else if (word === "heal") network.heal();
    else assert(false, `the keeper said "${line}"`);
  }
}

/**
 * The process, but Ctrl-C is the keeper's business, the keeper's end is a signal to stop, and what the keeper put into
 * the environment is no config.
 */
class StopSignal {
  readonly process: Process;
  readonly #handlers = new Set<() => void>();

  constructor(process: Process) {
    const onSignal = (signal: Signal, handler: () => void) => {
      if (signal === "SIGINT") return process.onSignal(signal, () => {});
      if (signal === "SIGTERM") this.#handlers.add(handler);
      const release = process.onSignal(signal, handler);
      return () => {
        this.#handlers.delete(handler);
        release();
      };
    };
    const { [SETTINGS_VARIABLE]: _, ...environment } = process.environment();
    this.process = { ...process, onSignal, environment: () => environment };
  }

  send(): void {
    for (const handler of this.#handlers) handler();
  }
}
