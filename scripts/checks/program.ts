/** All sources of the repository as one TypeScript program, made once and shared by the checks that need types. */

import { relative } from "node:path";
import ts from "typescript";
import { root, runProgram } from "./check.ts";

const folders = ["src", "scripts", "tests"];

function* typeScriptFiles(directory: string): Generator<string> {
  for (const entry of Deno.readDirSync(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* typeScriptFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** The paths of all TypeScript files of the repository, from its root. */
export function sourcePaths(): string[] {
  const paths = folders.flatMap((folder) => [...typeScriptFiles(root + folder)]);
  return ["main.ts", ...paths.map((path) => relative(root, path))].toSorted();
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.asynciterable.d.ts"],
  types: ["node"],
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** The declarations of the `Deno` namespace, as the running Deno prints them. */
async function denoTypes(): Promise<ts.SourceFile> {
  const { output } = await runProgram(Deno.execPath(), ["types"]);
  const text = output.replaceAll(/^\/\/\/ <reference .*$/gm, "");
  return ts.createSourceFile("/deno.d.ts", text, ts.ScriptTarget.ESNext);
}

let program: Promise<ts.Program> | null = null;

async function create(): Promise<ts.Program> {
  const host = ts.createCompilerHost(options);
  const deno = await denoTypes();
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => name === deno.fileName ? deno : readSource(name, ...rest);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (name) => name === deno.fileName || fileExists(name);
  host.getCurrentDirectory = () => root;
  const names = sourcePaths().map((path) => root + path).filter((path) => host.fileExists(path));
  return ts.createProgram([deno.fileName, ...names], options, host);
}

/** The program of all sources. */
export function sharedProgram(): Promise<ts.Program> {
  program ??= create();
  return program;
}

/** The files of the program that are ours, with their paths from the root. */
export function ownFiles(of: ts.Program): { readonly path: string; readonly file: ts.SourceFile }[] {
  const found = [];
  for (const file of of.getSourceFiles()) {
    if (
      file.isDeclarationFile || !file.fileName.startsWith(root) || file.fileName.includes("/node_modules/")
    ) continue;
    if (file.fileName.endsWith(".ts")) found.push({ path: relative(root, file.fileName), file });
  }
  return found;
}

/** `path:line` of a node. */
export function placeOf(path: string, file: ts.SourceFile, node: ts.Node): string {
  return `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

/** Calls `visit` for every node of a file, outermost first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
