/** The config table says which configs Sluice acts on. This check holds it to that. */

import ts from "typescript";
import { brokerTable, sameMeaning, type Table, topicTable } from "../../src/config/table.ts";
import type { Check, Outcome, Problem } from "./check.ts";
import { ownFiles, sharedProgram, walk } from "./program.ts";

/** The texts in string literals of all sources outside src/config. */
async function mentionedTexts(): Promise<Set<string>> {
  const texts = new Set<string>();
  for (const { path, file } of ownFiles(await sharedProgram())) {
    if (!path.startsWith("src/") || path.startsWith("src/config/")) continue;
    walk(file, (node) => {
      if (ts.isStringLiteralLike(node)) texts.add(node.text);
    });
  }
  return texts;
}

/** All names of a table whose use makes a config acted on: its own, its synonyms', and those of topics that follow it. */
function namesThatUse(name: string): string[] {
  const synonyms = sameMeaning.find((names) => (names as readonly string[]).includes(name)) ?? [];
  const names = [name, ...synonyms];
  for (const [topicName, row] of Object.entries(topicTable as Table)) {
    if (row.broker !== undefined && names.includes(row.broker)) names.push(topicName);
  }
  return names;
}

/** Compares what a table says with the texts that the sources mention. */
export function configUseProblems(table: Table, mentioned: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = [];
  for (const [name, row] of Object.entries(table)) {
    const isUsed = namesThatUse(name).some((text) => mentioned.has(text));
    if (row.acts && !isUsed) {
      problems.push({ message: `${name} is marked as acted on, and nothing reads it` });
    }
    if (!row.acts && mentioned.has(name)) {
      problems.push({ message: `${name} is read, and not marked as acted on` });
    }
  }
  return problems;
}

async function run(): Promise<Outcome> {
  const mentioned = await mentionedTexts();
  return {
    problems: [...configUseProblems(topicTable, mentioned), ...configUseProblems(brokerTable, mentioned)],
  };
}

export const configUseCheck: Check = {
  name: "configs",
  hint:
    "Set or remove `acts: true` in the row in src/config/table, so that the documentation tells the truth.",
  run,
};
