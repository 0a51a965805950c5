// Formats and runs a real Apache Kafka broker (KRaft, both roles) in a scratch directory.

import { type JavaTools, runMain } from "./java.ts";

/** A cluster id that never changes, so that captures differ only where they must. */
export const clusterId = "Sluice-GoldenCluster-0";

/** A running broker of Apache Kafka. */
export interface RealKafka {
  readonly port: number;
  readonly controllerPort: number;
  readonly dataDir: string;
  /** Stops it the clean way and waits until it is gone. */
  stop(): Promise<void>;
}

/** Server properties beyond the minimum, and the port to advertise when a proxy stands in front. */
export interface RealKafkaOptions {
  readonly name: string;
  readonly properties?: Record<string, string>;
  readonly advertisedPort?: number;
  readonly advertisedControllerPort?: number;
  /** Told the real ports before the broker starts. */
  onPorts?(port: number, controllerPort: number): void;
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
  options.onPorts?.(port, controllerPort);
  const dataDir = `${tools.workDir}/${options.name}`;
  const advertised = options.advertisedPort ?? port;
  const advertisedController = options.advertisedControllerPort ?? controllerPort;
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
  const file = `${dataDir}.properties`;
  await Deno.writeTextFile(file, Object.entries(properties).map(([k, v]) => `${k}=${v}\n`).join(""));
  const formatted = await Deno.stat(`${dataDir}/meta.properties`).then(() => true, () => false);
  if (!formatted) {
    await runMain(tools, "kafka.tools.StorageTool", ["format", "--standalone", "-t", clusterId, "-c", file]);
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
