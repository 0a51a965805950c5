/** Runs a node until a signal ends it. */

import type { BrokerConfig } from "../../config/broker_config.ts";
import { messageOf, UsageError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { Node } from "../../node/node.ts";
import { NetworkError } from "../../platform/network.ts";
import { type CliContext, ExitCode, print } from "../context.ts";
import { CommandError } from "../exit.ts";
import type { BrokerOptions } from "./command.ts";
import { releaseCodeWhileIdle } from "./idle_memory.ts";
import { LogOutput } from "./log_output.ts";
import { readyLine } from "./ready.ts";
import { loadSettings, withDataIn } from "./settings.ts";

/** How long a start may still take after a signal to stop, in milliseconds. */
const START_GRACE_MS = 3_000;

/** Starts a node, says when it serves, and stops it when it is told to. */
export async function runBroker(options: BrokerOptions, context: CliContext): Promise<number> {
  const { process, platform } = context;
  const loaded = await loadSettings(options, context);
  const config = dataPlace(options, loaded.config, context);
  const output = new LogOutput({
    stream: process.stderr,
    clock: platform.clock,
    level: config.get("logging.level"),
    format: config.get("logging.format"),
  });
  for (const warning of loaded.warnings) output.logger.warn(warning);
  const dataDir = (config.get("log.dirs") ?? config.get("log.dir")).join(",");
  const cleanUp = () => {
    if (config.get("ephemeral")) platform.disk.remove(dataDir);
  };
  const stop = stopRequests(context, output.logger, cleanUp);
  process.onUncaught((error) => {
    const stack = error instanceof Error ? error.stack : undefined;
    output.logger.error("stopping: an error that nobody handles", { error: messageOf(error), stack });
    void output.flush().then(() => process.exit(ExitCode.FAILED));
  });
  try {
    await serve(config, dataDir, context, { output, stopped: stop.requested });
    return ExitCode.DONE;
  } finally {
    stop.release();
    cleanUp();
    await output.flush();
  }
}

async function serve(
  config: BrokerConfig,
  dataDir: string,
  context: CliContext,
  run: { readonly output: LogOutput; readonly stopped: Promise<string> },
): Promise<void> {
  const { process, platform } = context;
  const { logger } = run.output;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const starting = startNode(config, context, { logger, onFailure: failed.reject });
  const node = await Promise.race([starting, failed.promise, stoppedAtStart(run.stopped, context)]);
  const startupMs = platform.clock.monotonicMs();
  const { id, clusterId, roles, addresses, controllerAddress, httpAddress } = node;
  const place = { roles, addresses, controllerAddress, httpAddress };
  const facts = { nodeId: id, clusterId, ...place, dataDir, startupMs };
  // Whoever started the broker may have stopped reading: it goes on serving.
  await print(context, readyLine(facts, config.get("logging.format"))).catch(() => {});
  const endRelease = releaseCodeWhileIdle(process, platform);
  try {
    const signal = await Promise.race([run.stopped, failed.promise]);
    logger.info("stopping", { signal });
  } finally {
    endRelease();
    await node.stop();
    const uptimeMs = Math.round(platform.clock.monotonicMs() - startupMs);
    logger.info("stopped", { uptimeMs, pid: process.pid });
  }
}

async function startNode(
  config: BrokerConfig,
  { platform, process }: CliContext,
  more: { readonly logger: Logger; onFailure(error: unknown): void },
): Promise<Node> {
  try {
    return await Node.start({ platform, config, hostName: process.hostName(), usage: process, ...more });
  } catch (error) {
    if (error instanceof NetworkError && error.code === "address-in-use") {
      throw new CommandError(
        `${error.message}; is another node running? --listen or --http takes another address`,
      );
    }
    throw error;
  }
}

/** Rejects when a node that was told to stop has not even started after a while. */
async function stoppedAtStart(stopped: Promise<string>, { platform }: CliContext): Promise<never> {
  const signal = await stopped;
  await platform.timers.sleep(START_GRACE_MS);
  throw new CommandError(`${signal} came before the node had started`, ExitCode.INTERRUPTED);
}

/** Where the data goes: for an ephemeral node, a new directory. */
function dataPlace(options: BrokerOptions, config: BrokerConfig, { process }: CliContext): BrokerConfig {
  if (!config.get("ephemeral")) return config;
  if (options.dataDir !== undefined) {
    throw new UsageError("--ephemeral and --data-dir: wanted only one of them, as ephemeral data is removed");
  }
  return withDataIn(process.makeTemporaryDirectory("sluice-"), config);
}

/** The first signal asks for a graceful stop; the second ends the process at once. */
function stopRequests(
  { process }: CliContext,
  logger: Logger,
  cleanUp: () => void,
): { readonly requested: Promise<string>; release(): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let asked = false;
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    process.onSignal(signal, () => {
      if (asked) {
        logger.warn("a second signal ends the process at once", { signal });
        cleanUp();
        process.exit(ExitCode.INTERRUPTED);
      }
      asked = true;
      resolve(signal);
    })
  );
  return { requested: promise, release: () => handlers.forEach((remove) => remove()) };
}
