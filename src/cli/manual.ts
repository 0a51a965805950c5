/** What a command's parser says about its options and arguments: for help pages and for completions. */

import { formatMessage, type Message } from "@optique/core/message";
import { getDocPageSync } from "@optique/core/parser";
import type { Usage, UsageTerm } from "@optique/core/usage";
import type { Command } from "./command.ts";

export interface OptionManual {
  /** Such as `-o` and `--output`. */
  readonly names: readonly string[];
  /** What its value is called; undefined for an option that takes none. */
  readonly metavar: string | undefined;
  readonly description: string;
  /** The only values it takes, if they are few. */
  readonly choices: readonly string[];
  readonly repeats: boolean;
  readonly isRequired: boolean;
}

export interface ArgumentManual {
  readonly metavar: string;
  readonly isOptional: boolean;
  readonly repeats: boolean;
  /** The only values it takes, if they are few. */
  readonly choices: readonly string[];
}

export interface Manual {
  readonly arguments: readonly ArgumentManual[];
  readonly sections: readonly { readonly title: string; readonly options: readonly OptionManual[] }[];
}

export function plainText(text: Message): string {
  return formatMessage(text, { quotes: false, colors: false }).replaceAll("\n", " ");
}

export function manualOf(command: Command): Manual {
  const page = getDocPageSync(command.parser as never);
  const usage = page?.usage ?? [];
  const repeating = optionsBelow("multiple", usage);
  const optional = optionsBelow("optional", usage);
  const argumentChoices = new Map<string, readonly string[]>();
  const sections = (page?.sections ?? []).map(({ title, entries }) => ({
    title: title ?? "Options",
    options: entries.flatMap(({ term, description, choices }): OptionManual[] => {
      const values = (choices ?? []).flatMap((one) => one.type === "value" ? [one.value] : []);
      if (term.type === "argument") argumentChoices.set(term.metavar, values);
      if (term.type !== "option") return [];
      const { names, metavar } = term;
      const repeats = names.some((name) => repeating.has(name));
      const isRequired = !repeats && !names.some((name) => optional.has(name));
      const text = plainText(description ?? []);
      return [{ names, metavar, description: text, choices: values, repeats, isRequired }];
    }),
  }));
  const found = argumentsIn(usage).map((one) => ({
    ...one,
    choices: argumentChoices.get(one.metavar) ?? [],
  }));
  return { arguments: found, sections: sections.filter((one) => one.options.length > 0) };
}

/** The arguments of a usage, however they are wrapped. */
function argumentsIn(usage: Usage, isOptional = false, repeats = false): Omit<ArgumentManual, "choices">[] {
  return usage.flatMap((term: UsageTerm) => {
    switch (term.type) {
      case "argument":
        return [{ metavar: term.metavar, isOptional, repeats }];
      case "optional":
        return argumentsIn(term.terms, true, repeats);
      case "multiple":
        return argumentsIn(term.terms, isOptional || term.min === 0, true);
      default:
        return [];
    }
  });
}

/** The names of the options that are inside terms of a type: those that repeat, or those that may be left out. */
function optionsBelow(type: "multiple" | "optional", usage: Usage, isBelow = false): Set<string> {
  const names = new Set<string>();
  for (const term of usage) {
    const found = term.type === "option"
      ? (isBelow ? term.names : [])
      : "terms" in term && Array.isArray(term.terms)
      ? optionsBelow(type, term.terms, isBelow || term.type === type)
      : [];
    for (const name of found) names.add(name);
  }
  return names;
}
