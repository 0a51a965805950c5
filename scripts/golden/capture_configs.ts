import { type JavaTools, runMain } from "./java.ts";
import { startRealKafka } from "./real_kafka.ts";

/** Describes every config of a broker that runs on defaults, and writes `kafka_configs.json`. */
export async function captureConfigs(tools: JavaTools, goldenDir: string): Promise<void> {
  const kafka = await startRealKafka(tools, { name: "configs" });
  const raw = `${tools.workDir}/kafka_configs.json`;
  try {
    await runMain(tools, "CaptureConfigs", [`127.0.0.1:${kafka.port}`, raw]);
  } finally {
    await kafka.stop();
  }
  const text = (await Deno.readTextFile(raw))
    .replaceAll(kafka.dataDir, "/kafka-data")
    .replaceAll(`:${kafka.port}`, ":9092")
    .replaceAll(`:${kafka.controllerPort}`, ":9093");
  const fields = JSON.parse(text);
  keepOnlyChanged(fields.described);
  await Deno.writeTextFile(`${goldenDir}/kafka_configs.json`, compactJson(fields));
}

interface Described {
  [resource: string]: unknown[] | Record<string, unknown[]>;
}

/** Leaves under `afterDynamicChanges` only the entries that differ from what was described before. */
function keepOnlyChanged(described: Described): void {
  const after = described["afterDynamicChanges"] as Record<string, unknown[]>;
  for (const [resource, entries] of Object.entries(after)) {
    const before = new Set((described[resource] as unknown[]).map((entry) => JSON.stringify(entry)));
    after[resource] = entries.filter((entry) => !before.has(JSON.stringify(entry)));
  }
}

/** One config a line: readable in a diff, a third of the size of indented JSON. */
function compactJson(root: Record<string, unknown>): string {
  const write = (value: unknown, indent: string): string => {
    if (Array.isArray(value) && typeof value[0] === "object" && value[0] !== null && "name" in value[0]) {
      return `[\n${value.map((row) => `${indent} ${JSON.stringify(row)}`).join(",\n")}\n${indent}]`;
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const members = Object.entries(value);
      if (
        members.every(([, v]) => typeof v !== "object" || Array.isArray(v)) && members.length < 4 &&
        indent !== ""
      ) {
        return JSON.stringify(value);
      }
      return `{\n${
        members.map(([k, v]) => `${indent} ${JSON.stringify(k)}: ${write(v, indent + " ")}`).join(",\n")
      }\n${indent}}`;
    }
    return JSON.stringify(value);
  };
  return write(root, "") + "\n";
}
