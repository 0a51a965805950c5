/** Runs a demo cluster until it is told to end. */

import { messageOf, UsageError } from "../../core/errors.ts";
import { isLoopback } from "../../http/listen.ts";
import { type Address, NetworkError } from "../../platform/network.ts";
import { type CliContext, ExitCode, print, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { formatAddress } from "../../platform/address.ts";
import type { DemoOptions } from "./command.ts";
import { runDemoNode } from "./demo_node.ts";
import { Front } from "./front.ts";
import { Keeper } from "./keeper.ts";
import { KeptNode } from "./kept_node.ts";
import { type DemoNodeSettings, planNodes, SETTINGS_VARIABLE } from "./node_settings.ts";
import { Traffic } from "./traffic.ts";

/** How long answers may go on when it ends, in milliseconds. */
const HTTP_GRACE_MS = 200;

export async function runDemo(options: DemoOptions, context: CliContext): Promise<number> {
  const settings = context.process.env(SETTINGS_VARIABLE);
  if (settings !== undefined) return await runDemoNode(JSON.parse(settings) as DemoNodeSettings, context);
  const { platform, process } = context;
  if (platform.http === undefined) throw new CommandError("this platform has no HTTP server");
  if (!isLoopback(options.http.host)) {
    throw new UsageError(
      `--http ${
        formatAddress(options.http)
      }: whoever reaches the laboratory can kill its nodes; wanted an address of ` +
        "this machine alone, such as 127.0.0.1:8080",
    );
  }
  const directory = process.makeTemporaryDirectory("sluice-demo-");
  const end = Promise.withResolvers<void>();
  // One signal or several: ending takes no time worth interrupting, and would leave processes and data behind.
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    process.onSignal(signal, end.resolve)
  );
  const demo = new Demo(options, directory, context);
  try {
    await Promise.race([demo.start(), end.promise]);
    await end.promise;
    return ExitCode.DONE;
  } finally {
    await demo.end();
    for (const release of releases) release();
    platform.disk.remove(directory);
  }
}

class Demo {
  readonly #options: DemoOptions;
  readonly #context: CliContext;
  readonly #nodes: readonly KeptNode[];
  readonly #front: Front;
  readonly #traffic: Traffic | null;
  #stopFront: (graceMs: number) => Promise<void> = () => Promise.resolve();

  constructor(options: DemoOptions, directory: string, context: CliContext) {
    const { platform, process } = context;
    const onLog = (id: number, line: string) => {
      if (options.logs) say(context, `node ${id} ${line}\n`).catch(() => {});
    };
    this.#options = options;
    this.#context = context;
    this.#nodes = planNodes(options.brokers, directory, platform.network)
      .map((plan) => new KeptNode(plan, { process, timers: platform.timers, onLog }));
    this.#front = new Front(platform.http!, this.#nodes);
    this.#front.serve(new Keeper(this.#nodes, (node) => this.#front.abandon(node)));
    this.#traffic = options.idle
      ? null
      : new Traffic(platform, this.#nodes.map(({ client }) => client), Math.min(3, options.brokers));
  }

  async start(): Promise<void> {
    const address = await this.#listen();
    await Promise.all(this.#nodes.map((node) => node.start()));
    await this.#traffic?.start();
    const brokers = this.#nodes.map(({ client }) => formatAddress(client)).join(",");
    const serve = this.#nodes.length === 1
      ? "A broker serves"
      : `A cluster of ${this.#nodes.length} brokers serves`;
    const lines = [
      `${serve}${
        this.#traffic === null ? "" : ", with sample traffic"
      }. Everything is thrown away when Ctrl-C ends it.`,
      "",
      `  Dashboard   http://${formatAddress(address)}/`,
      `  Brokers     ${brokers}`,
      "",
    ];
    await print(this.#context, lines.join("\n"));
  }

  async #listen(): Promise<Address> {
    const { http } = this.#options;
    try {
      const server = await this.#context.platform.http!.serve(
        http,
        (request, info) => this.#front.app.fetch(request, info),
      );
      this.#stopFront = (graceMs) => server.stop(graceMs);
      return server.address;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw new CommandError(`${messageOf(error)}; --http 127.0.0.1:0 takes a free port`);
    }
  }

  /** The data is thrown away anyway, so nobody has to put anything in order. */
  async end(): Promise<void> {
    this.#traffic?.stop();
    await Promise.all([...this.#nodes.map((node) => node.kill()), this.#stopFront(HTTP_GRACE_MS)]);
  }
}
