/**
 * The conformance suite against the node adapter on Bun (or, bundled, on Node): one JSON line for each rule on
 * stdout. `bun_test.ts` starts it.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { nodePlatform } from "../../src/platform/adapters/node.ts";
import { canRun, type Case, type Subject } from "./case.ts";
import { suite } from "./cases.ts";

/** What becomes of one rule. */
export interface Verdict {
  readonly name: string;
  readonly outcome: "passed" | "ignored" | "failed";
  readonly error?: string;
}

async function judge(name: string, rule: Case, subject: Omit<Subject, "directory">): Promise<Verdict> {
  if (!canRun(rule, subject)) return { name, outcome: "ignored" };
  const directory = mkdtempSync(join(tmpdir(), "sluice-conformance-"));
  try {
    await rule.run({ ...subject, directory });
    return { name, outcome: "passed" };
  } catch (error) {
    return {
      name,
      outcome: "failed",
      error: error instanceof Error ? error.stack ?? error.message : String(error),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const surroundings = JSON.parse(process.argv[2] ?? "{}") as Partial<Subject>;
const sendsFiles = "Bun" in globalThis && process.platform === "linux" ? { sendsFiles: true as const } : {};
const subject = { platform: nodePlatform(), host: "127.0.0.1", ...sendsFiles, ...surroundings };
for (const [part, rules] of Object.entries(suite)) {
  for (const rule of rules) {
    process.stdout.write(`${JSON.stringify(await judge(`${part}: ${rule.name}`, rule, subject))}\n`);
  }
}
process.exit(0);
