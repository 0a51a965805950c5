/** Apache Kafka's own broker and tools, where there are a JDK and Maven that can resolve them. They may be missing. */

import type { JavaTools } from "../../scripts/golden/java.ts";
import { temporaryDirectory } from "./broker.ts";

const pom = new URL("../../scripts/golden/pom.xml", import.meta.url).pathname;

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const child = new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" });
    return (await child.output()).success;
  } catch {
    return false;
  }
}

let known: Promise<JavaTools | null> | undefined;

/** The class path of Kafka's jars: from what Maven has already, or else from Maven Central; null without either. */
export function kafkaTools(): Promise<JavaTools | null> {
  return known ??= resolve();
}

async function resolve(): Promise<JavaTools | null> {
  if (!await succeeds("java", ["-version"])) return null;
  const workDir = temporaryDirectory();
  const file = `${workDir}/class_path.txt`;
  const words = ["-q", "-B", "-f", pom, "dependency:build-classpath", `-Dmdep.outputFile=${file}`];
  if (!await succeeds("mvn", ["-o", ...words]) && !await succeeds("mvn", words)) return null;
  return { classPath: (await Deno.readTextFile(file)).trim(), workDir };
}

/** What kafka-dump-log says of files. */
export interface KafkaDump {
  readonly printed: string;
  /** Its objections: all that it wrote to standard error, less what says nothing about the files. */
  readonly complaints: readonly string[];
}

/** Runs DumpLogSegments (`kafka-dump-log`) over files; throws when it fails. */
export async function dumpLogSegments(
  tools: JavaTools,
  files: readonly string[],
  options: readonly string[],
): Promise<KafkaDump> {
  const main = "org.apache.kafka.tools.DumpLogSegments";
  const jvm = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", tools.classPath];
  const command = new Deno.Command("java", {
    args: [...jvm, main, ...options, "--files", files.join(",")],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  const [printed, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [
    string,
    string,
  ];
  if (!success) throw new Error(`kafka-dump-log failed:\n${said}\n${printed}`);
  // The tool takes any segment but the first of a log for one that lacks the offsets before it.
  const complaints = said.replaceAll(/^Non-consecutive offsets in .*\n {2}-1 is followed by \d+$/gm, "")
    .split("\n").filter((line) => line !== "" && !line.startsWith("SLF4J: "));
  return { printed, complaints };
}

export type { JavaTools };
