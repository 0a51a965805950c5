/** A promise that nobody waits for hides its failure: it must be awaited, returned, caught, or marked with `void`. */

import ts from "typescript";
import type { Check, Outcome, Problem } from "./check.ts";
import { ownFiles, placeOf, sharedProgram, walk } from "./program.ts";

function isThenable(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnion()) return type.types.some((part) => isThenable(part, checker));
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return false;
  const then = type.getProperty("then");
  return then !== undefined && checker.getTypeOfSymbol(then).getCallSignatures().length > 0;
}

/** Whether a call takes care of failures: `.catch(handler)` or `.then(task, handler)`. */
function isHandled(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const method = node.expression.name.text;
  if (method === "catch") return node.arguments.length >= 1;
  if (method === "then") return node.arguments.length >= 2;
  return method === "finally" && isHandled(node.expression.expression);
}

function keepsValue(node: ts.Expression): boolean {
  if (ts.isAwaitExpression(node) || ts.isVoidExpression(node) || ts.isYieldExpression(node)) return true;
  return ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
}

function withoutParentheses(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? withoutParentheses(node.expression) : node;
}

/** Whether a statement drops a promise. */
export function isFloating(statement: ts.ExpressionStatement, checker: ts.TypeChecker): boolean {
  const expression = withoutParentheses(statement.expression);
  if (keepsValue(expression) || isHandled(expression)) return false;
  return isThenable(checker.getTypeAtLocation(expression), checker);
}

/**
 * Whether a function that returns a promise is passed where nothing looks at the result, such as an async function
 * for a timer: its failure would be nobody's.
 */
export function isMisplaced(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  if (!ts.isCallExpression(node.parent) && !ts.isNewExpression(node.parent)) return false;
  if (!node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword)) return false;
  const wanted = checker.getContextualType(node)?.getNonNullableType().getCallSignatures() ?? [];
  return wanted.length > 0 &&
    wanted.every((signature) =>
      (checker.getReturnTypeOfSignature(signature).flags & ts.TypeFlags.Void) !== 0
    );
}

async function run(): Promise<Outcome> {
  const program = await sharedProgram();
  const checker = program.getTypeChecker();
  const problems: Problem[] = [];
  for (const { path, file } of ownFiles(program)) {
    walk(file, (node) => {
      const at = () => placeOf(path, file, node);
      if (ts.isExpressionStatement(node) && isFloating(node, checker)) {
        const text = node.expression.getText(file).split("\n")[0] ?? "";
        problems.push({ at: at(), message: `nobody waits for ${text}` });
      } else if (isMisplaced(node, checker)) {
        problems.push({ at: at(), message: "an async function is passed where nobody waits for it" });
      }
    });
  }
  return { problems };
}

export const floatingPromiseCheck: Check = {
  name: "floating promises",
  hint:
    "Await it, return it, give it a .catch(handler), or write `void` when a failure cannot happen or is handled inside.",
  run,
};
