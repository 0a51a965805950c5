/** Nothing but src/platform/adapters and main.ts may touch the outside world: the rest must run in the simulator. */

import ts from "typescript";
import type { Check, Outcome, Problem } from "./check.ts";
import { ownFiles, placeOf, sharedProgram, walk } from "./program.ts";

const seam = "use the Platform that the caller passes";

/** Globals that must not be touched, with what to use instead. */
const globals: Readonly<Record<string, string>> = {
  Deno: seam,
  Bun: seam,
  process: seam,
  performance: "use Clock.monotonicMs",
  setTimeout: "use Timers.after",
  setInterval: "use Timers.after",
  setImmediate: "use Timers.yield",
  console: "use the Logger that the caller passes, or the CLI's streams",
  crypto: "use Random",
  fetch: seam,
};

/** Members of globals that must not be touched; the rest of the global is harmless. */
const members: Readonly<Record<string, string>> = {
  "Date.now": "use Clock.wallMs",
  "Math.random": "use Random",
};

const modules =
  /^node:(fs|net|os|process|child_process|timers|worker_threads|dgram|dns|http|https|http2|tls|cluster)(\/|$)/;

/** Where runtime APIs are allowed: at the seam, outside of what ships, and in the page, which runs in browsers. */
export function isSeam(path: string): boolean {
  return path.startsWith("src/platform/adapters/") || path.startsWith("src/http/dashboard/client/") ||
    !path.startsWith("src/");
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) || ts.isMethodSignature(parent) || ts.isGetAccessor(parent)) &&
      parent.name === node);
}

/** The global behind a name, `globalThis.name` included; null for anything declared in our own files. */
function globalName(node: ts.Node, checker: ts.TypeChecker): string | null {
  if (ts.isPropertyAccessExpression(node)) {
    const isGlobalThis = ts.isIdentifier(node.expression) && node.expression.text === "globalThis";
    return isGlobalThis ? node.name.text : null;
  }
  if (!ts.isIdentifier(node) || isMemberName(node)) return null;
  const symbol = checker.getSymbolAtLocation(node);
  const isOurs = symbol?.declarations?.some((declaration) => !declaration.getSourceFile().isDeclarationFile);
  return isOurs ? null : node.text;
}

/** What a node must not do, or null. */
export function bannedUse(node: ts.Node, checker: ts.TypeChecker): string | null {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { text } = node.moduleSpecifier;
    return modules.test(text) && !node.importClause?.isTypeOnly ? `imports ${text}: ${seam}` : null;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "Date") {
    return (node.arguments?.length ?? 0) === 0 ? "new Date(): use Clock.wallMs" : null;
  }
  const name = globalName(node, checker);
  if (name === null) return null;
  if (Object.hasOwn(globals, name)) {
    const isType = ts.isPartOfTypeNode(node) || ts.isTypeQueryNode(node.parent) ||
      ts.isQualifiedName(node.parent);
    return isType ? null : `${name}: ${globals[name]}`;
  }
  const parent = node.parent;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return null;
  const member = `${name}.${parent.name.text}`;
  return Object.hasOwn(members, member) ? `${member}: ${members[member]}` : null;
}

async function run(): Promise<Outcome> {
  const program = await sharedProgram();
  const checker = program.getTypeChecker();
  const problems: Problem[] = [];
  for (const { path, file } of ownFiles(program)) {
    if (isSeam(path)) continue;
    walk(file, (node) => {
      const message = bannedUse(node, checker);
      if (message !== null) problems.push({ at: placeOf(path, file, node), message });
    });
  }
  return { problems };
}

export const bannedApiCheck: Check = {
  name: "banned APIs",
  hint:
    "Runtime APIs live in src/platform/adapters; everything else takes a Platform, so that it runs in the simulator.",
  run,
};
