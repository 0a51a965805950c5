/** The administrators of all clients. */

import { hasProgram } from "../../../harness/deno_path.ts";
import { javaClassPath } from "../../clients/java.ts";
import { startJsonLinesClient } from "../../clients/json_lines_client.ts";
import type { GroupAdminClient, GroupOperations } from "./admin.ts";
import { kafkaJsAdmin } from "./kafkajs_admin.ts";
import { platformaticAdmin } from "./platformatic_admin.ts";

const here = new URL(".", import.meta.url).pathname;
const PYTHON = "/usr/bin/python3";

/** A way to start one; it gives null when the client is not installed. */
export interface GroupAdminKind {
  readonly name: string;
  start(bootstrap: string): Promise<GroupAdminClient | null>;
}

async function program(name: string, words: readonly string[]): Promise<GroupAdminClient> {
  const [command = "", ...args] = words;
  const client = await startJsonLinesClient(name, command, args);
  return {
    name,
    operations: client.admin as unknown as Partial<GroupOperations>,
    [Symbol.asyncDispose]: () => Promise.resolve(client[Symbol.asyncDispose]()),
  };
}

function python(name: string, module: string, file: string): GroupAdminKind {
  return {
    name,
    start: async (bootstrap) =>
      hasProgram(PYTHON, ["-c", `import ${module}`])
        ? await program(name, [PYTHON, "-B", here + file, bootstrap])
        : null,
  };
}

export const groupAdminKinds: readonly GroupAdminKind[] = [
  { name: "kafkajs", start: kafkaJsAdmin },
  { name: "@platformatic/kafka", start: platformaticAdmin },
  python("confluent-kafka", "confluent_kafka", "confluent_admin.py"),
  python("kafka-python", "kafka", "kafka_python_admin.py"),
  {
    name: "java",
    start: async (bootstrap) => {
      const jars = await javaClassPath();
      if (jars === null) return null;
      const options = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", jars];
      return await program("java", ["java", ...options, `${here}JavaGroups.java`, bootstrap]);
    },
  },
];
