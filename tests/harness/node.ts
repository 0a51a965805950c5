/** A whole node in the process of the test, for tests that need many of them or odd configs. */

import { BrokerConfig } from "../../src/config/broker_config.ts";
import type { Logger } from "../../src/core/logger.ts";
import { Node } from "../../src/node/node.ts";
import { denoPlatform } from "../../src/platform/adapters/deno.ts";
import type { Address } from "../../src/platform/network.ts";
import { temporaryDirectory } from "./broker.ts";

type Settings = Parameters<typeof BrokerConfig.of>[0];

/** What a node said, one line each: level, message, fields. */
class RecordingLogger implements Logger {
  readonly lines: string[];

  constructor(lines: string[] = []) {
    this.lines = lines;
  }

  debug(): void {}
  info(message: string, fields = {}): void {
    this.#add("info", message, fields);
  }
  warn(message: string, fields = {}): void {
    this.#add("warn", message, fields);
  }
  error(message: string, fields = {}): void {
    this.#add("error", message, fields);
  }
  with(): Logger {
    return this;
  }

  #add(level: string, message: string, fields: object): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}

/** A node that serves in this process. */
export interface TestNode extends AsyncDisposable {
  readonly node: Node;
  readonly address: Address;
  readonly log: readonly string[];
}

/** Starts a node on a free port of 127.0.0.1 with a temporary data directory, unless the settings say otherwise. */
export async function startNode(settings: Settings = {}): Promise<TestNode> {
  const logger = new RecordingLogger();
  const config = BrokerConfig.of({
    "listeners": "PLAINTEXT://127.0.0.1:0",
    "http.listen": "off",
    "log.dirs": temporaryDirectory(),
    ...settings,
  });
  const node = await Node.start({ platform: denoPlatform(), config, logger });
  const [address] = node.addresses.values();
  return {
    node,
    address: address!,
    log: logger.lines,
    [Symbol.asyncDispose]: () => node.stop(),
  };
}
