/** The two Python clients of Debian. The system's interpreter has them; another one on the PATH may not. */

import { hasProgram } from "../../harness/deno_path.ts";
import type { ClientKind, InteropClient } from "./client.ts";
import { startJsonLinesClient } from "./json_lines_client.ts";

const PYTHON = "/usr/bin/python3";

function pythonClient(name: string, module: string, changes: Partial<InteropClient> = {}): ClientKind {
  return {
    name,
    start: async (bootstrap) => {
      if (!hasProgram(PYTHON, ["-c", `import ${module}`])) return null;
      const path = new URL(`${name.replace("-", "_")}_client.py`, import.meta.url).pathname;
      return { ...await startJsonLinesClient(name, PYTHON, ["-B", path, bootstrap]), ...changes };
    },
  };
}

export const kafkaPython = pythonClient("kafka-python", "kafka", {
  canSend: ({ headers }) => headers.every(([, value]) => value !== null),
});
export const confluent = pythonClient("confluent-kafka", "confluent_kafka");
