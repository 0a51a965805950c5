/**
 * `deno task ok`: the gate. Everything that must hold before a commit, one line for each check, details only where
 * something is wrong. `--no-tests` leaves the tests out; a name or two run only the checks that begin with them.
 */

import { bannedApiCheck } from "./checks/banned_apis.ts";
import { type Check, exists, type Outcome, programCheck, root, runProgram } from "./checks/check.ts";
import { configUseCheck } from "./checks/config_use.ts";
import { floatingPromiseCheck } from "./checks/floating_promises.ts";
import { layerCheck } from "./checks/layers.ts";
import { runTests, summaryLine } from "./run_tests.ts";

/** A check by a script of its own, skipped while the script is not there. */
function scriptCheck(name: string, hint: string, [script, ...args]: readonly [string, ...string[]]): Check {
  return {
    name,
    hint,
    async run(): Promise<Outcome> {
      if (!exists(script)) return { problems: [], skipped: `${script} is absent` };
      const { success, output } = await runProgram(Deno.execPath(), ["run", "-A", script, ...args]);
      if (!success) return { problems: [{ message: output }] };
      const skipped = output.split("\n").find((line) => /\bskip/i.test(line));
      return {
        problems: [],
        ...(skipped === undefined ? {} : { skipped: skipped.replace(/^.*?skipped[:,]? */, "") }),
      };
    },
  };
}

/** Only the names of the files: the differences are for `deno fmt` to mend, not for people to read. */
const formatCheck: Check = {
  name: "format",
  hint: "Run `deno fmt`.",
  async run(): Promise<Outcome> {
    const { success, output } = await runProgram(Deno.execPath(), ["fmt", "--check"]);
    if (success) return { problems: [] };
    const files = [...output.matchAll(/^from (.*):$/gm)].map((match) => match[1] ?? "");
    const messages = files.length > 0 ? files.map((file) => file.replace(root, "")) : [output];
    return { problems: messages.map((message) => ({ message })) };
  },
};

const checks: readonly Check[] = [
  formatCheck,
  programCheck("lint", "Each message names its rule; https://docs.deno.com/lint explains it.", [
    "lint",
    "--quiet",
  ]),
  programCheck("types", "Run `deno task check` while you fix them.", [
    "check",
    "--quiet",
    "main.ts",
    "src/http/dashboard/client/app.tsx",
    "scripts",
    "tests",
  ]),
  layerCheck,
  bannedApiCheck,
  floatingPromiseCheck,
  configUseCheck,
  scriptCheck("schema", "Compare the declaration with Kafka's definition that the message names.", [
    "scripts/check_schema.ts",
  ]),
  scriptCheck("crc32c", "Run `deno run -A scripts/build_crc32c.ts`.", ["scripts/build_crc32c.ts", "--check"]),
  scriptCheck("lz77", "Run `deno run -A scripts/build_lz77.ts`.", ["scripts/build_lz77.ts", "--check"]),
  scriptCheck("dashboard", "Run `deno run -A scripts/build_dashboard.ts`.", [
    "scripts/build_dashboard.ts",
    "--check",
  ]),
  scriptCheck("documents", "Run `deno run -A scripts/generate_docs.ts`.", [
    "scripts/generate_docs.ts",
    "--check",
  ]),
  scriptCheck("completions", "Run `deno run -A scripts/generate_completions.ts`.", [
    "scripts/generate_completions.ts",
    "--check",
  ]),
];

const indented = (text: string) => text.split("\n").map((line) => `    ${line}`).join("\n");

async function runCheck(check: Check): Promise<boolean> {
  const start = performance.now();
  const { problems, skipped } = await check.run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const verdict = problems.length > 0 ? "FAILED" : skipped === undefined ? "ok" : `skipped: ${skipped}`;
  console.log(`${check.name.padEnd(18)}${seconds.padStart(5)} s  ${verdict}`);
  for (const { at, message } of problems.slice(0, 50)) {
    console.log(indented(at === undefined ? message : `${at}: ${message}`));
  }
  if (problems.length > 50) console.log(`    and ${problems.length - 50} more`);
  if (problems.length > 0) console.log(`    ${check.hint}`);
  return problems.length === 0;
}

if (import.meta.main) {
  const names = Deno.args.filter((arg) => !arg.startsWith("-"));
  const chosen = checks.filter(({ name }) =>
    names.length === 0 || names.some((prefix) => name.startsWith(prefix))
  );
  let passed = 0;
  for (const check of chosen) {
    if (await runCheck(check)) passed++;
  }
  const failed = chosen.length - passed;
  const withTests = names.length === 0 && !Deno.args.includes("--no-tests");
  const tests = withTests ? await runTests([]) : { passed: 0, failed: 0, skipped: 0 };
  console.log(summaryLine({
    passed: passed + tests.passed,
    failed: failed + tests.failed,
    skipped: tests.skipped,
  }));
  Deno.exit(failed + tests.failed > 0 ? 1 : 0);
}
