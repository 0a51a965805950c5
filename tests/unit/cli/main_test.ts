/** Words, help pages and exit codes (DESIGN.md section 5). */

import assert from "node:assert/strict";
import { catalog } from "../../../src/cli/catalog.ts";
import { type Group, type Leaf, route } from "../../../src/cli/command_tree.ts";
import { VERSION } from "../../../src/core/version.ts";
import { runProgram } from "./fake_process.ts";

const run = (line: string, environment: Record<string, string> = {}) =>
  runProgram({ args: line === "" ? [] : line.split(" "), environment });

Deno.test("--version prints the version and nothing else", async () => {
  assert.deepEqual(await run("--version"), { code: 0, stdout: `sluice ${VERSION}\n`, stderr: "" });
});

Deno.test("no command is wrong usage, and the help that says so goes to standard error", async () => {
  const { code, stdout, stderr } = await run("");
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /Usage: sluice COMMAND/);
});

Deno.test("words that are no command are refused, with the nearest one", async () => {
  const top = await run("brokr");
  assert.equal(top.code, 2);
  assert.match(top.stderr, /^sluice: "brokr" is not a command; did you mean "sluice broker"\?\n/);
  const nested = await run("topic crate");
  assert.match(
    nested.stderr,
    /^sluice topic: "crate" is not a command; did you mean "sluice topic create"\?\n/,
  );
});

Deno.test("options that do not exist are refused, with the nearest one", async () => {
  const { code, stderr } = await run("consume t --form start");
  assert.equal(code, 2);
  assert.match(stderr, /^sluice consume: .*"--form"/);
  assert.match(stderr, /--from/);
  assert.match(stderr, /Try "sluice consume --help"\.\n$/);
});

Deno.test("an option before the command is refused with where it belongs", async () => {
  const { code, stderr } = await run("--bootstrap a:1 topic list");
  assert.equal(code, 2);
  assert.match(stderr, /"--bootstrap" comes before a command/);
});

Deno.test("values that cannot be are refused with the option, the value and what is wanted", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["broker --listen nowhere", /--listen.*"nowhere" is not an address; wanted HOST:PORT/],
    ["broker --log-level loud", /--log-level.*"loud"/],
    [
      "broker --set log.segment.byte=1",
      /log\.segment\.byte: is not a config; did you mean log\.segment\.bytes\?/,
    ],
    ["broker --set x", /--set.*"x" is not a setting; wanted KEY=VALUE/],
    ["broker --node-id -1", /--node-id/],
    ["broker --ephemeral --data-dir d", /--ephemeral and --data-dir/],
    ["topic create t --partitions none", /--partitions.*"none"/],
    ["topic create t -c retention.ms=soon", /retention\.ms: "soon" is not a duration; wanted/],
    ["topic trim t", /--before/],
    ["topic create", /Wanted the name of at least one topic/],
    ["topic alter t", /nothing to change; wanted --partitions, --config or --delete-config/],
    ["consume t --from yesterday", /--from.*"yesterday" is not a position; wanted start, end/],
    ["consume t --format %x", /--format: "%x" in "%x" stands for nothing/],
    ["consume t --count 0", /--count/],
    ["produce t --rate fast", /--rate.*"fast" is not a rate/],
    ["produce t --acks 2", /--acks.*"2"/],
    ["produce t --format json --tombstone", /a JSON object says all of that/],
    ["completions tcsh", /"tcsh"/],
  ];
  for (const [line, wanted] of cases) {
    const { code, stdout, stderr } = await run(line);
    assert.equal(code, 2, `${line}: ${stderr}`);
    assert.equal(stdout, "", line);
    assert.match(stderr, wanted, line);
  }
});

Deno.test("an unreachable cluster ends a command with 3, the address and a hint", async () => {
  const { code, stderr } = await run("topic list --timeout 1ms", { SLUICE_BOOTSTRAP: "broker.test:7" });
  assert.equal(code, 3);
  assert.match(stderr, /no broker can be reached at broker\.test:7/);
  assert.match(stderr, /SLUICE_BOOTSTRAP/);
});

Deno.test("addresses that are wrong in the environment are named with their variable", async () => {
  const { code, stderr } = await run("topic list", { SLUICE_BOOTSTRAP: "a:b:c" });
  assert.equal(code, 2);
  assert.match(stderr, /SLUICE_BOOTSTRAP: "a:b:c" is not an address/);
});

function leavesOf(group: Group, path: readonly string[] = []): [string[], Leaf][] {
  return group.commands.flatMap((one): [string[], Leaf][] =>
    "commands" in one ? leavesOf(one, [...path, one.name]) : [[[...path, one.name], one]]
  );
}

Deno.test("every command has a help page of at most 80 columns with a usage line and examples", async () => {
  for (const [path] of leavesOf(catalog)) {
    const name = `sluice ${path.join(" ")}`;
    const { code, stdout, stderr } = await runProgram({ args: [...path, "--help"] });
    assert.equal(code, 0, name);
    assert.equal(stderr, "", name);
    assert.ok(stdout.startsWith(`Usage: ${name}`), name);
    assert.match(stdout, /\nExamples:\n {2}#/, name);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, `${name}: ${line}`);
    for (const line of stdout.split("\n")) assert.equal(line, line.trimEnd(), `${name}: ${line}`);
    const asked = await runProgram({ args: ["help", ...path] });
    assert.equal(asked.stdout, stdout, `sluice help ${path.join(" ")}`);
  }
});

Deno.test("the examples of help pages are commands that their parsers understand", async () => {
  const { parseOptions } = await import("../../../src/cli/parse.ts");
  for (const [, leaf] of leavesOf(catalog)) {
    const command = await leaf.load();
    for (const [line] of command.examples) {
      for (const words of sluiceCommandsIn(line)) {
        const found = route(words, catalog);
        assert.ok("load" in found.target, line);
        parseOptions(await found.target.load(), found.rest);
      }
    }
  }
});

/** The words of each command of ours in a line for a shell. */
function sluiceCommandsIn(line: string): string[][] {
  const commands: string[][] = [];
  for (const part of line.replaceAll("\\\n", " ").split(/[|()]|&&|;/)) {
    const words = [...part.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((one) => one[1] ?? one[2] ?? one[3]!);
    const end = words.findIndex((word) => /^[<>&]/.test(word));
    const own = end < 0 ? words : words.slice(0, end);
    if (own[0] === "sluice") commands.push(own.slice(1));
  }
  return commands;
}
