/** What every command that talks to a cluster has in common: its flags and the connection. */

import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { Cluster } from "../client/cluster.ts";
import { UnreachableError } from "../client/errors.ts";
import { UsageError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { VERSION } from "../core/version.ts";
import { formatAddress, parseAddress } from "../platform/address.ts";
import type { Address } from "../platform/network.ts";
import { type CliContext, ExitCode, say } from "./context.ts";
import { CommandError } from "./exit.ts";
import { duration, valueOf } from "./values.ts";

const DEFAULT_BOOTSTRAP: readonly Address[] = [{ host: "127.0.0.1", port: 9092 }];
const DEFAULT_PORT = 9092;
/** How long brokers may be unreachable before a command gives up, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Addresses separated by commas; a port that is left out is Kafka's. */
export function parseAddresses(text: string): readonly Address[] {
  const parts = text.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (parts.length === 0) throw new UsageError(`"${text}" names no broker; wanted HOST:PORT,...`);
  return parts.map((part) =>
    /^[^:[\]]+$/.test(part) ? { host: part, port: DEFAULT_PORT } : parseAddress(part)
  );
}

export const connectionFlags = {
  bootstrap: optional(
    option("-b", "--bootstrap", valueOf("HOST:PORT,...", parseAddresses, DEFAULT_BOOTSTRAP), {
      description:
        message`Brokers to begin with; one that answers is enough. Otherwise those of SLUICE_BOOTSTRAP, or 127.0.0.1:9092.`,
    }),
  ),
  timeout: withDefault(
    option("--timeout", duration, {
      description: message`How long to try to reach a broker, such as 500ms or 1m (3s unless set).`,
    }),
    CONNECT_TIMEOUT_MS,
  ),
};

export interface ConnectionOptions {
  readonly bootstrap: readonly Address[] | undefined;
  /** How long brokers may be unreachable, in milliseconds. */
  readonly timeout: number;
}

function bootstrapOf(options: ConnectionOptions, { process }: CliContext): readonly Address[] {
  if (options.bootstrap !== undefined) return options.bootstrap;
  const variable = process.env("SLUICE_BOOTSTRAP") ?? "";
  if (variable === "") return DEFAULT_BOOTSTRAP;
  try {
    return parseAddresses(variable);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`SLUICE_BOOTSTRAP: ${error.message}`) : error;
  }
}

/** Connects to a cluster for as long as `use` takes. Being unreachable becomes an error with the addresses in it. */
export async function withCluster<T>(
  options: ConnectionOptions,
  context: CliContext,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const bootstrap = bootstrapOf(options, context);
  const cluster = new Cluster({
    ...context.platform,
    logger: personLogger(context),
    bootstrap,
    clientId: "sluice-cli",
    softwareVersion: VERSION,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    connectTimeoutMs: options.timeout,
  });
  try {
    return await use(cluster);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new CommandError(
      error.brokerId === null ? nobodyThere(bootstrap, error) : wronglyAdvertised(error),
      ExitCode.UNREACHABLE,
    );
  } finally {
    cluster.close();
  }
}

function nobodyThere(bootstrap: readonly Address[], { message }: UnreachableError): string {
  const places = bootstrap.map(formatAddress).join(", ");
  return `no broker can be reached at ${places} (${message})\n` +
    `Is a broker running there? "--bootstrap HOST:PORT" or SLUICE_BOOTSTRAP names another.`;
}

/** The cluster answered, but not the broker that it sent us to: the trap of containers and port-forwards. */
function wronglyAdvertised({ brokerId, message }: UnreachableError): string {
  return `broker ${brokerId} cannot be reached at the address that it advertises (${message})\n` +
    `Is the address right from here? "sluice broker --advertise HOST:PORT" sets another.`;
}

/** Tells the person about troubles that may pass, each only once in a row. */
function personLogger(context: CliContext): Logger {
  let last = "";
  const tell = (message: string, fields: Parameters<Logger["warn"]>[1] = {}) => {
    const text = [message, fields["reason"]].filter((part) => part !== undefined).join(": ");
    if (text === last) return;
    last = text;
    say(context, `${text}\n`).catch(() => {});
  };
  const logger: Logger = { debug() {}, info() {}, warn: tell, error: tell, with: () => logger };
  return logger;
}
