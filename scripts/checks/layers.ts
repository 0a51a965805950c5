/** Who imports whom: the layer table, no cycle between files, no file outside the known layers. */

import { dirname, join } from "node:path";
import ts from "typescript";
import type { Check, Outcome, Problem } from "./check.ts";
import { layerOf, layers } from "./layer_table.ts";
import { ownFiles, placeOf, sharedProgram, walk } from "./program.ts";

/** One import of one file by another, both as paths from the root. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly at: string;
  /** Whether only types are imported, which nothing at run time can depend on. */
  readonly typeOnly: boolean;
}

function specifierOf(node: ts.Node): { readonly text: string; readonly typeOnly: boolean } | null {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const bindings = node.importClause?.namedBindings;
    const allTypes = bindings !== undefined && ts.isNamedImports(bindings) && !node.importClause?.name &&
      bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
    return {
      text: node.moduleSpecifier.text,
      typeOnly: (node.importClause?.isTypeOnly ?? false) || allTypes,
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { text: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const argument = isCall ? node.arguments[0] : undefined;
  if (argument !== undefined && ts.isStringLiteral(argument)) return { text: argument.text, typeOnly: false };
  if (
    ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) &&
    ts.isStringLiteral(node.argument.literal)
  ) {
    return { text: node.argument.literal.text, typeOnly: true };
  }
  return null;
}

/** The relative imports of a file. */
export function importsOf(path: string, file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  walk(file, (node) => {
    const specifier = specifierOf(node);
    if (specifier === null || !specifier.text.startsWith(".")) return;
    const to = join(dirname(path), specifier.text);
    found.push({ from: path, to, at: placeOf(path, file, node), typeOnly: specifier.typeOnly });
  });
  return found;
}

const inSrc = (path: string) => path.startsWith("src/");
const layer = (path: string) => layerOf(path.slice("src/".length));

/** What is wrong with one import, or null. */
export function importProblem({ from, to }: Import): string | null {
  if (from === "main.ts") {
    const isEntry = to.startsWith("src/cli/") || to.startsWith("src/platform/adapters/");
    return isEntry ? null : `main.ts imports ${to}: only the CLI and the adapters are its business`;
  }
  if (!inSrc(from)) return null;
  if (!inSrc(to)) return `src imports ${to}, which does not ship`;
  const fromLayer = layer(from);
  const toLayer = layer(to);
  if (fromLayer === null || toLayer === null || fromLayer === toLayer) return null;
  if (layers[fromLayer]?.includes(toLayer)) return null;
  return `${fromLayer} imports ${toLayer} (${to})`;
}

/** A chain of files that import each other at run time, or null. */
export function findCycle(imports: readonly Import[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) next.set(from, [...next.get(from) ?? [], to]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const to of next.get(file) ?? []) {
      const cycle = visit(to);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

async function run(): Promise<Outcome> {
  const problems: Problem[] = [];
  const imports: Import[] = [];
  for (const { path, file } of ownFiles(await sharedProgram())) {
    if (inSrc(path) && layer(path) === null) problems.push({ at: path, message: "is in no known layer" });
    imports.push(...importsOf(path, file));
  }
  for (const one of imports) {
    const message = importProblem(one);
    if (message !== null) problems.push({ at: one.at, message });
  }
  const cycle = findCycle(imports);
  if (cycle !== null) problems.push({ message: `files import each other: ${cycle.join(" -> ")}` });
  return { problems };
}

export const layerCheck: Check = {
  name: "layers",
  hint:
    "Move the code to the layer it belongs to; if the table is wrong, change scripts/checks/layer_table.ts and say why.",
  run,
};
