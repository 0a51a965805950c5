/** The members: every client that the tests know, and our own command line. */

import { denoPath, hasProgram } from "../../../harness/deno_path.ts";
import { javaClassPath } from "../../clients/java.ts";
import type { MemberProgram } from "./member.ts";
import type { MemberSettings } from "./settings.ts";

const here = new URL(".", import.meta.url).pathname;
const main = new URL("../../../../main.ts", import.meta.url).pathname;
const PYTHON = "/usr/bin/python3";

const kcat: MemberProgram = {
  name: "kcat",
  assignors: ["range", "roundrobin", "cooperative-sticky"],
  command: (settings) => Promise.resolve(hasProgram("kcat", ["-V"]) ? kcatWords(settings) : null),
};

function kcatWords(settings: MemberSettings): string[] {
  const configs = {
    "client.id": settings.clientId,
    "partition.assignment.strategy": settings.assignor,
    "auto.offset.reset": "earliest",
    "session.timeout.ms": settings.sessionTimeoutMs,
    "heartbeat.interval.ms": settings.heartbeatMs,
    "auto.commit.interval.ms": settings.commitMs,
    "fetch.wait.max.ms": 200,
  };
  return [
    ...["kcat", "-b", settings.bootstrap, "-G", settings.group, "-u", "-f", '{"record":[%p,%o,"%s"]}\\n'],
    ...Object.entries(configs).flatMap(([name, value]) => ["-X", `${name}=${value}`]),
    settings.topic,
  ];
}

const sluice: MemberProgram = {
  name: "sluice",
  assignors: ["range", "roundrobin", "cooperative-sticky"],
  command: (settings) =>
    Promise.resolve([
      ...Deno.env.get("SLUICE_BINARY") === undefined
        ? [denoPath(), "run", "-A", "--no-check", main]
        : [Deno.env.get("SLUICE_BINARY")!],
      ...["consume", settings.topic, "--group", settings.group, "--bootstrap", settings.bootstrap],
      ...["--assignor", settings.assignor, "--from", "start"],
      ...["--session-timeout", `${settings.sessionTimeoutMs}ms`],
      ...["--format", '{"record":[%p,%o,"%v"]}'],
    ]),
};

function denoProgram(name: string, file: string, assignors: readonly string[]): MemberProgram {
  return {
    name,
    assignors,
    command: (settings) =>
      Promise.resolve([denoPath(), "run", "-A", "--no-check", here + file, JSON.stringify(settings)]),
  };
}

function pythonProgram(
  name: string,
  { module, file }: { readonly module: string; readonly file: string },
  assignors: readonly string[],
): MemberProgram {
  return {
    name,
    assignors,
    command: (settings) =>
      Promise.resolve(
        hasProgram(PYTHON, ["-c", `import ${module}`])
          ? [PYTHON, "-B", here + file, JSON.stringify(settings)]
          : null,
      ),
  };
}

const java: MemberProgram = {
  name: "java",
  assignors: ["range", "roundrobin", "cooperative-sticky"],
  command: async (settings) => {
    const jars = await javaClassPath();
    if (jars === null) return null;
    const words = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", jars];
    return ["java", ...words, `${here}JavaMember.java`, JSON.stringify(settings)];
  },
};

/** All of them; each supports "roundrobin". */
export const memberPrograms: readonly MemberProgram[] = [
  sluice,
  kcat,
  pythonProgram("confluent-kafka", { module: "confluent_kafka", file: "confluent_member.py" }, [
    ...["range", "roundrobin", "cooperative-sticky"],
  ]),
  pythonProgram("kafka-python", { module: "kafka", file: "kafka_python_member.py" }, ["range", "roundrobin"]),
  denoProgram("kafkajs", "kafkajs_member.ts", ["roundrobin"]),
  denoProgram("@platformatic/kafka", "platformatic_member.ts", ["roundrobin"]),
  java,
];
