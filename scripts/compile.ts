/**
 * `deno task compile [--with deno|bun] [--output PATH]`: builds the one executable, dist/sluice. `deno compile` comes
 * first; it needs a runtime base that it downloads, and where that cannot be reached, Bun's compiler takes its place.
 */

import { dirname } from "node:path";
import { BUN_VERSION, bunCommand } from "../tests/harness/deno_path.ts";
import { type Ran, root, runProgram } from "./checks/check.ts";

type Compiler = "deno" | "bun";

function denoCompile(output: string): Promise<Ran> {
  const args = ["compile", "--allow-all", "--no-check", "--output", output, "main.ts"];
  return runProgram(Deno.execPath(), args);
}

/**
 * Bytecode halves the start-up time. What is imported later (`--splitting`) costs an idle broker no memory. Functions
 * are compiled to machine code after three times as many calls as by default: most of what is called often while
 * starting is not called after that. A broker must not take settings from a .env or bunfig.toml where it is started.
 */
function bunCompile(output: string): Promise<Ran> {
  const [command, ...first] = bunCommand();
  return runProgram(command, [
    ...first,
    ...["build", "main.ts", "--compile", "--outfile", output],
    ...["--minify", "--bytecode", "--format=esm", "--splitting", "--compile-jit-policy=3"],
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
  ]);
}

const compilers: Readonly<Record<Compiler, (output: string) => Promise<Ran>>> = {
  deno: denoCompile,
  bun: bunCompile,
};

const names: Readonly<Record<Compiler, string>> = {
  deno: `deno compile (Deno ${Deno.version.deno})`,
  bun: `bun build --compile (Bun ${BUN_VERSION})`,
};

/** The line of a failed compiler's output that says why. */
function reason(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  for (const telling of [/error sending/, /error/i]) {
    const line = lines.find((line) => telling.test(line));
    if (line !== undefined) return line;
  }
  return lines.at(-1) ?? "it printed nothing";
}

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
}

async function compile(chosen: readonly Compiler[], output: string): Promise<boolean> {
  for (const compiler of chosen) {
    const start = performance.now();
    const { success, output: printed } = await compilers[compiler](output);
    if (!success) {
      console.error(`${names[compiler]} did not work: ${reason(printed)}`);
      if (compiler === chosen.at(-1)) console.error(printed);
      continue;
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const megabytes = Math.round(Deno.statSync(output).size / 1e6);
    console.log(`${output}: ${megabytes} MB with ${names[compiler]} in ${seconds} s`);
    return true;
  }
  return false;
}

if (import.meta.main) {
  const wanted = option("--with");
  if (wanted !== undefined && wanted !== "deno" && wanted !== "bun") {
    console.error(`--with ${wanted}: wanted deno or bun`);
    Deno.exit(2);
  }
  const output = option("--output") ?? `${root}dist/sluice`;
  Deno.mkdirSync(dirname(output), { recursive: true });
  Deno.exit(await compile(wanted === undefined ? ["deno", "bun"] : [wanted], output) ? 0 : 1);
}
