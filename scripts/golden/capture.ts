// Records golden files from a real Apache Kafka into tests/golden. Needs a JDK (17 or newer) and Maven.
//
//   deno run -A scripts/golden/capture.ts [configs] [data] [messages] [wire] [cluster]     (no argument: all of them)

import { captureCluster } from "./capture_cluster.ts";
import { captureConfigs } from "./capture_configs.ts";
import { captureData } from "./capture_data.ts";
import { captureMessages } from "./capture_messages.ts";
import { captureWire } from "./capture_wire.ts";
import { type JavaTools, prepareJava } from "./java.ts";

const steps: Record<string, (tools: JavaTools, goldenDir: string) => Promise<void>> = {
  configs: captureConfigs,
  data: captureData,
  messages: captureMessages,
  wire: captureWire,
  cluster: captureCluster,
};

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in steps));
  if (unknown.length > 0) {
    throw new Error(`unknown capture ${unknown.join(", ")}: ${Object.keys(steps).join(", ")}`);
  }
  const goldenDir = new URL("../../tests/golden", import.meta.url).pathname;
  const workDir = await Deno.makeTempDir({ prefix: "golden-" });
  try {
    const tools = await prepareJava(workDir);
    for (const name of names.length > 0 ? names : Object.keys(steps)) {
      console.error(`capturing ${name}`);
      await steps[name]!(tools, goldenDir);
    }
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

if (import.meta.main) await main(Deno.args);
