// Formats and runs a real Apache Kafka broker (KRaft, both roles) in a scratch directory.

import { type JavaTools, runMain } from "./java.ts";
import type { RecordingProxy } from "./proxy.ts";

/** A cluster id that never changes, so that captures differ only where they must. */
export const clusterId = "Sluice-GoldenCluster-0";

/** A running broker of Apache Kafka. */
export interface RealKafka {
  readonly port: number;
  readonly controllerPort: number;
  readonly dataDir: string;
  /** Stops it the clean way and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends it as a crash does and waits until it is gone. */
  kill(): Promise<void>;
}

/** Server properties beyond the minimum, and the proxies that stand in front of the two listeners. */
export interface RealKafkaOptions {
  readonly name: string;
  readonly properties?: Record<string, string>;
  readonly proxies?: { readonly broker: RecordingProxy; readonly controller: RecordingProxy };
  /** What to give to the formatting tool for a node that is not a quorum of its own. */
  readonly format?: string[];
}

/** Returns a port of the loopback interface that nothing listens on now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  listener.close();
  return port;
}

/** Formats the directory of that name unless it exists, starts the broker and waits until it accepts connections. */
export async function startRealKafka(tools: JavaTools, options: RealKafkaOptions): Promise<RealKafka> {
  const port = freePort();
  const controllerPort = freePort();
  if (options.proxies !== undefined) {
    options.proxies.broker.targetPort = port;
    options.proxies.controller.targetPort = controllerPort;
  }
  const dataDir = `${tools.workDir}/${options.name}`;
  const advertised = options.proxies?.broker.port ?? port;
  const advertisedController = options.proxies?.controller.port ?? controllerPort;
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listeners": `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners":
      `PLAINTEXT://127.0.0.1:${advertised},CONTROLLER://127.0.0.1:${advertisedController}`,
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.bootstrap.servers": `127.0.0.1:${advertisedController}`,
    "log.dirs": dataDir,
    ...options.properties,
  };
  if (properties["process.roles"] === "broker") {
    properties["listeners"] = `PLAINTEXT://127.0.0.1:${port}`;
    properties["advertised.listeners"] = `PLAINTEXT://127.0.0.1:${advertised}`;
  }
  const file = `${dataDir}.properties`;
  await Deno.writeTextFile(file, Object.entries(properties).map(([k, v]) => `${k}=${v}\n`).join(""));
  const formatted = await Deno.stat(`${dataDir}/meta.properties`).then(() => true, () => false);
  if (!formatted) {
    const how = options.format ?? ["--standalone"];
    await runMain(tools, "kafka.tools.StorageTool", ["format", ...how, "-t", clusterId, "-c", file]);
  }
  const child = new Deno.Command("java", {
    args: ["-Xmx512m", "-cp", tools.classPath, "kafka.Kafka", file],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  await untilListening(port);
  return {
    port,
    controllerPort,
    dataDir,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
    },
    async kill() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`no broker on port ${port} after a minute`);
}
