/** Verifies a data directory and tells what it finds. */

import { UsageError } from "../../../core/errors.ts";
import { type Finding, VerifyReport } from "../../../log/inspect/finding.ts";
import { planVerification, verifyDirectory, type VerifyPlan } from "../../../log/inspect/verify_directory.ts";
import { type Disk, DiskError } from "../../../platform/disk.ts";
import { type CliContext, ExitCode, say } from "../../context.ts";
import { humanBytes } from "../../output.ts";
import { showProgress, withCommas } from "../../progress.ts";
import { type Style, styleFor } from "../../style.ts";
import { TextOutput } from "../text_output.ts";
import type { VerifyCommandOptions } from "./command.ts";

export async function runVerify(options: VerifyCommandOptions, context: CliContext): Promise<number> {
  const { disk, clock } = context.platform;
  const directory = options.directory.replace(/(?<=.)\/+$/, "");
  const plan = planVerification(disk, directory);
  if (plan === null) {
    throw new UsageError(
      `"${directory}" is no data directory: it has neither partitions nor meta.properties`,
    );
  }
  const isLive = isInUse(disk, plan);
  if (isLive) {
    await say(
      context,
      `a broker is using ${plan.dataDirectory}: what it writes meanwhile is not looked at\n`,
    );
  }
  const output = new Findings(options, context);
  const report = new VerifyReport((finding) => output.add(finding));
  const startMs = clock.monotonicMs();
  const rate = () => report.counts.bytes / Math.max(0.001, (clock.monotonicMs() - startMs) / 1000);
  const progress = showProgress(context, () => progressLine(report, plan, rate()));
  try {
    await verifyDirectory(plan, { disk, report, isLive, deep: options.deep });
  } finally {
    await progress.stop();
    await output.flush();
  }
  await output.summary(report, { directory, seconds: (clock.monotonicMs() - startMs) / 1000 });
  return report.damages > 0 ? ExitCode.FAILED : ExitCode.DONE;
}

/** Whether a broker holds the directory. One of Kafka locks in a way of its own and is not noticed. */
function isInUse(disk: Disk, { dataDirectory }: VerifyPlan): boolean {
  if (!disk.exists(`${dataDirectory}/.lock`)) return false;
  try {
    disk.lockDirectory(dataDirectory).release();
    return false;
  } catch (error) {
    // Whoever may not even lock, because the file system cannot be written, is no broker either.
    return error instanceof DiskError && error.code === "locked";
  }
}

function progressLine({ counts, damages }: VerifyReport, plan: VerifyPlan, bytesPerSecond: number): string {
  const { bytes, totalBytes, partitions } = counts;
  const percent = totalBytes === 0 ? 100 : Math.floor(100 * bytes / totalBytes);
  const found = damages === 0 ? "" : `, ${damages} damaged`;
  return `${percent}%, partition ${partitions} of ${plan.partitions.length}, ` +
    `${humanBytes(bytes)} of ${humanBytes(totalBytes)}, ${humanBytes(bytesPerSecond)}/s${found}`;
}

/** Prints findings and what they come to. */
class Findings {
  readonly #isJson: boolean;
  readonly #output: TextOutput;
  readonly #style: Style;

  constructor({ output }: VerifyCommandOptions, context: CliContext) {
    this.#isJson = output === "json";
    this.#output = new TextOutput(context);
    this.#style = styleFor(context.process.stdout, context.process);
  }

  add({ severity, path, position, message }: Finding): void {
    if (this.#isJson) {
      this.#output.add(JSON.stringify({ type: severity, path, position, message }) + "\n");
      return;
    }
    const { red, yellow } = this.#style;
    const word = severity === "damage" ? red("damaged") : yellow("note");
    const at = position === null ? "" : ` at byte ${position}`;
    this.#output.add(`${path}: ${word}${at}: ${message}\n`);
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }

  async summary(
    { counts, damages, notes }: VerifyReport,
    { directory, seconds }: { readonly directory: string; readonly seconds: number },
  ): Promise<void> {
    const { bytes, partitions, segments, batches, records } = counts;
    if (this.#isJson) {
      const facts = { directory, partitions, segments, batches, records, bytes, damages, notes, seconds };
      this.#output.add(JSON.stringify({ type: "summary", ...facts }) + "\n");
    } else {
      const what = [
        counted(partitions, "partition"),
        counted(segments, "segment"),
        counted(batches, "batch", "batches"),
        counted(records, "record"),
        humanBytes(bytes),
      ].join(", ");
      const verdict = damages === 0 ? "sound" : this.#style.red(`${withCommas(damages)} damaged`);
      const speed = seconds < 0.5 ? "" : `, ${humanBytes(bytes / seconds)}/s`;
      const more = notes === 0 ? "" : `, ${counted(notes, "note")}`;
      this.#output.add(`${directory}: ${verdict}${more} (${what} in ${seconds.toFixed(1)} s${speed})\n`);
    }
    await this.#output.flush();
  }
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${withCommas(count)} ${count === 1 ? one : many}`;
}
