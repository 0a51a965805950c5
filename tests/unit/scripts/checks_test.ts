// The checks of the gate must find what they are for (STYLE.md: rules are a program), so each is shown a wrong program.

import assert from "node:assert/strict";
import ts from "typescript";
import { bannedUse, isSeam } from "../../../scripts/checks/banned_apis.ts";
import { configUseProblems } from "../../../scripts/checks/config_use.ts";
import { isFloating, isMisplaced } from "../../../scripts/checks/floating_promises.ts";
import { layerOf, layers } from "../../../scripts/checks/layer_table.ts";
import { findCycle, importProblem, importsOf } from "../../../scripts/checks/layers.ts";
import { walk } from "../../../scripts/checks/program.ts";
import { boolean } from "../../../src/config/definition.ts";

/** A program of one file. */
function programOf(text: string): { readonly file: ts.SourceFile; readonly checker: ts.TypeChecker } {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    strict: true,
    lib: ["lib.esnext.d.ts"],
  };
  const host = ts.createCompilerHost(options);
  const file = ts.createSourceFile("/snippet.ts", text, ts.ScriptTarget.ESNext, true);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => name === file.fileName ? file : read(name, ...rest);
  const program = ts.createProgram([file.fileName], { ...options, types: [] }, host);
  return { file, checker: program.getTypeChecker() };
}

/** The texts of the nodes for which `test` holds. */
function found(text: string, test: (node: ts.Node, checker: ts.TypeChecker) => boolean): string[] {
  const { file, checker } = programOf(text);
  const texts: string[] = [];
  walk(file, (node) => {
    if (test(node, checker)) texts.push(node.getText(file));
  });
  return texts;
}

Deno.test("a promise that nobody waits for is found, whatever it comes from", () => {
  const text = `
    declare function task(): Promise<void>;
    declare const maybe: { run?(): Promise<void> };
    declare const flag: boolean;
    task();
    flag && task();
    maybe.run?.();
    task().then(() => {});
    task().finally(() => {});
    (async () => {})();
    await task();
    void task();
    let kept: Promise<void>; kept = task();
    task().catch(() => {});
    task().then(() => {}, () => {});
    task().catch(() => {}).finally(() => {});
    [1].forEach((n) => n);
    export { kept };
  `;
  const floating = found(
    text,
    (node, checker) => ts.isExpressionStatement(node) && isFloating(node, checker),
  );
  assert.deepEqual(floating, [
    "task();",
    "flag && task();",
    "maybe.run?.();",
    "task().then(() => {});",
    "task().finally(() => {});",
    "(async () => {})();",
  ]);
});

Deno.test("an async function passed where its result is dropped is found", () => {
  const text = `
    declare function after(ms: number, task: () => void): void;
    declare function wait(task: () => Promise<void>): void;
    declare function either(task: () => void | Promise<void>): void;
    after(1, async () => {});
    wait(async () => {});
    either(async () => {});
    after(1, () => {});
  `;
  assert.deepEqual(found(text, isMisplaced), ["async () => {}"]);
});

Deno.test("runtime APIs are found under every name they go by", () => {
  const text = `
    import { readFileSync } from "node:fs";
    import { createHash } from "node:crypto";
    import type { Stats } from "node:fs";
    declare const Deno: { now(): number };
    const a = Date.now(), b = new Date(), c = Math.random(), d = globalThis.performance, e = console;
    setTimeout(() => {}, 1);
    const f = new Date(5), g = Math.max(1, 2), h = { console: 1, crypto: 2 }, i = h.crypto;
    function local(process: number, performance: { now(): number }) { return process + performance.now(); }
    export { a, b, c, d, e, f, g, h, i, local, readFileSync, createHash, Stats };
  `;
  const uses = found(text, (node, checker) => bannedUse(node, checker) !== null);
  assert.deepEqual(uses, [
    'import { readFileSync } from "node:fs";',
    "Date",
    "new Date()",
    "Math",
    "globalThis.performance",
    "console",
    "setTimeout",
  ]);
});

Deno.test("runtime APIs are allowed in the adapters and outside src only", () => {
  assert.ok(isSeam("src/platform/adapters/deno.ts"));
  assert.ok(isSeam("main.ts"));
  assert.ok(isSeam("tests/unit/core/heap_test.ts"));
  assert.ok(!isSeam("src/platform/memory_network.ts"));
  assert.ok(!isSeam("src/broker/partition.ts"));
});

Deno.test("an import against the layer table is found, in every form of import", () => {
  const text = `
    import { a } from "../controller/a.ts";
    import type { B } from "../controller/b.ts";
    export { c } from "../controller/c.ts";
    const d = await import("../controller/d.ts");
    type E = import("../controller/e.ts").E;
    import { f } from "../core/f.ts";
    import { g } from "./g.ts";
    import yaml from "yaml";
  `;
  const imports = importsOf("src/broker/x.ts", programOf(text).file);
  const wrong = imports.filter((one) => importProblem(one) !== null);
  assert.deepEqual(wrong.map(({ to, typeOnly }) => [to, typeOnly]), [
    ["src/controller/a.ts", false],
    ["src/controller/b.ts", true],
    ["src/controller/c.ts", false],
    ["src/controller/d.ts", false],
    ["src/controller/e.ts", true],
  ]);
});

const imported = (from: string, to: string) => ({ from, to, at: from, typeOnly: false });

Deno.test("src cannot import what does not ship, and main.ts imports the CLI and the adapters only", () => {
  assert.match(importProblem(imported("src/core/a.ts", "tests/harness/b.ts")) ?? "", /does not ship/);
  assert.match(
    importProblem(imported("main.ts", "src/broker/partition.ts")) ?? "",
    /only the CLI and the adapters/,
  );
  assert.equal(importProblem(imported("main.ts", "src/cli/main.ts")), null);
  assert.equal(importProblem(imported("tests/unit/a_test.ts", "src/core/a.ts")), null);
});

Deno.test("only the CLI may import the adapters", () => {
  const adapters = "src/platform/adapters/deno.ts";
  assert.equal(importProblem(imported("src/cli/main.ts", adapters)), null);
  assert.match(
    importProblem(imported("src/node/node.ts", adapters)) ?? "",
    /node imports platform\/adapters/,
  );
  assert.match(importProblem(imported("src/platform/platform.ts", adapters)) ?? "", /platform imports/);
});

Deno.test("files that import each other are found, unless only types are meant", () => {
  const chain = [imported("a", "b"), imported("b", "c"), imported("c", "a")];
  assert.deepEqual(findCycle(chain), ["a", "b", "c", "a"]);
  assert.equal(findCycle([...chain.slice(0, 2), { ...imported("c", "a"), typeOnly: true }]), null);
});

Deno.test("the layer table itself has no cycle, and broker and controller do not know each other", () => {
  const edges = Object.entries(layers).flatMap(([from, may]) => may.map((to) => imported(from, to)));
  assert.equal(findCycle(edges), null);
  assert.ok(!layers["broker"]?.includes("controller"));
  assert.ok(!layers["controller"]?.includes("broker"));
  assert.equal(layerOf("utils/a.ts"), null);
  assert.equal(layerOf("a.ts"), null);
});

Deno.test("a config marked as acted on must be read, and one that is read must be marked", () => {
  const table = { "a.b": boolean("", true, { acts: true }), "c.d": boolean("", true) };
  assert.deepEqual(configUseProblems(table, new Set(["a.b"])), []);
  assert.match(
    configUseProblems(table, new Set()).map(({ message }) => message).join(),
    /^a\.b .* nothing reads it/,
  );
  assert.match(configUseProblems(table, new Set(["a.b", "c.d"]))[0]?.message ?? "", /^c\.d is read/);
});
