/** Dumps files one after the other. */

import { UsageError } from "../../../core/errors.ts";
import { type KnownFile, knownFile } from "../../../log/inspect/file_kind.ts";
import { type CliContext, ExitCode, say } from "../../context.ts";
import { styleFor } from "../../style.ts";
import { decoderFor } from "../decode/decoder.ts";
import { TextOutput } from "../text_output.ts";
import { dumpBatches } from "./batches.ts";
import type { DumpOptions } from "./command.ts";
import { dumpEntries } from "./files.ts";
import { JsonPrinter } from "./json_printer.ts";
import type { DumpPrinter } from "./printer.ts";
import { TextPrinter } from "./text_printer.ts";

export async function runDump(options: DumpOptions, context: CliContext): Promise<number> {
  const files = options.files.map((path) => toDump(path, context));
  const dump = new Dump(options, context);
  for (const file of files) await dump.file(file);
  return dump.isSound ? ExitCode.DONE : ExitCode.FAILED;
}

/** What a path names. Throws {@link UsageError} for a file that is not one of a data directory. */
function toDump(path: string, { process }: CliContext): KnownFile {
  const file = knownFile(path);
  if (file === null) {
    throw new UsageError(
      `"${path}" is not named like a file of a data directory; wanted one such as ` +
        `orders-0/00000000000000000000.log, .index, .timeindex, .snapshot, or a checkpoint`,
    );
  }
  if (file.partition !== null || path.includes("/")) return file;
  // In a partition's own directory only the shell knows the directory's name.
  const partition = knownFile(`${process.env("PWD") ?? "."}/${path}`)?.partition ?? null;
  return { ...file, partition };
}

class Dump {
  isSound = true;
  readonly #options: DumpOptions;
  readonly #context: CliContext;
  readonly #output: TextOutput;
  readonly #printer: DumpPrinter;

  constructor(options: DumpOptions, context: CliContext) {
    this.#options = options;
    this.#context = context;
    this.#output = new TextOutput(context);
    this.#printer = printerFor(options, context);
  }

  async file(file: KnownFile): Promise<void> {
    const { disk } = this.#context.platform;
    if (file.kind === "segment" || file.kind === "metadata-snapshot") await this.#batches(file);
    else {
      const bytes = disk.readFile(file.path);
      this.#output.add(this.#printer.file(file, bytes.length));
      const { text, problem, note } = dumpEntries(file, bytes, this.#printer);
      this.#output.add(text);
      await this.#output.flush();
      if (note !== null) await say(this.#context, `${file.path}: ${note}\n`);
      if (problem !== null) await this.#problem(file, problem);
    }
    await this.#output.flush();
  }

  async #batches(file: KnownFile): Promise<void> {
    const { batches: batchesOnly, from, decode } = this.#options;
    const opened = this.#context.platform.disk.open(file.path, { readOnly: true });
    try {
      this.#output.add(this.#printer.file(file, opened.size));
      await dumpBatches(opened, this.#output, this.#printer, {
        decoder: await decoderFor(decode, decodedAs(file)),
        batchesOnly,
        from,
        onProblem: (position, what) => this.#problem(file, `at byte ${position}: ${what}`),
      });
    } finally {
      opened.close();
    }
  }

  #problem({ path }: KnownFile, what: string): Promise<void> {
    this.isSound = false;
    const style = styleFor(this.#context.process.stderr, this.#context.process);
    return say(this.#context, `${path}: ${style.red("damaged")} ${what}\n`);
  }
}

/** `bootstrap.checkpoint` is in no partition's directory. */
function decodedAs({ kind, partition }: KnownFile): KnownFile["partition"] {
  return kind === "metadata-snapshot" ? { topic: "__cluster_metadata", partition: 0 } : partition;
}

function printerFor({ output }: DumpOptions, { process }: CliContext): DumpPrinter {
  if (output === "json") return new JsonPrinter();
  const { stdout } = process;
  return new TextPrinter(styleFor(stdout, process), stdout.isTerminal ? stdout.columns() ?? 80 : Infinity);
}
