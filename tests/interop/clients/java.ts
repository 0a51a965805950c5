/** Kafka's own Java client, where there is a JDK and Maven. It may be missing everywhere. */

import { temporaryDirectory } from "../../harness/broker.ts";
import type { ClientKind } from "./client.ts";
import { startJsonLinesClient } from "./json_lines_client.ts";

const here = new URL(".", import.meta.url).pathname;

/** Maven may have much to download, or wait for a registry that cannot be reached. */
const PATIENCE_MS = 180_000;

async function run(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const quiet = { cwd: here, stdout: "null", stderr: "null", signal } as const;
    return (await new Deno.Command(command, { args: [...args], ...quiet }).output()).success;
  } catch {
    return false;
  }
}

let known: Promise<string | null> | undefined;

/** The class path of the client, from what Maven has already or else from Maven Central; null when it has neither. */
export function javaClassPath(): Promise<string | null> {
  return known ??= resolveClassPath();
}

async function resolveClassPath(): Promise<string | null> {
  if (!await run("java", ["-version"])) return null;
  const file = `${temporaryDirectory()}/class_path.txt`;
  const words = ["-q", "-B", "-f", "pom.xml", "dependency:build-classpath", `-Dmdep.outputFile=${file}`];
  if (!await run("mvn", ["-o", ...words]) && !await run("mvn", words)) return null;
  return (await Deno.readTextFile(file)).trim();
}

export const java: ClientKind = {
  name: "java",
  optional: true,
  start: async (bootstrap) => {
    const jars = await javaClassPath();
    if (jars === null) return null;
    const words = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", jars];
    return await startJsonLinesClient("java", "java", [...words, `${here}JavaClient.java`, bootstrap]);
  },
};
