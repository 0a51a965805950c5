/** Looks at the files of a node that has stopped: every segment holds whole, sound batches without gaps. */

import { BatchCursor, verifyBatch } from "../../records/batch.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";

const LOG_FILE = /^(.*)\/(\d{20})\.log$/;

/** Checks the segments of all logs on the disk of a node; `compacts` says of a topic whether it may have gaps. */
export function checkFiles(world: World, node: SimNode, compacts: (topic: string) => boolean): void {
  if (node.machine.isRotten) return;
  /** Where the next segment of each directory must begin. */
  const next = new Map<string, number>();
  for (const [path, file] of node.machine.medium.root.files("")) {
    const match = LOG_FILE.exec(path);
    if (match === null || match[1]!.endsWith("-delete")) continue;
    const [, directory, digits] = match;
    const baseOffset = Number(digits);
    const wanted = next.get(directory!) ?? baseOffset;
    const mayHaveGaps = compacts(/([^/]+)-\d+$/.exec(directory!)?.[1] ?? "");
    world.findings.require(
      wanted === baseOffset || (mayHaveGaps && wanted < baseOffset),
      "segments leave no gaps",
      () => `${path} begins at ${baseOffset}, wanted ${wanted}`,
    );
    next.set(directory!, checkSegment(world, { path, baseOffset, mayHaveGaps }, file.view()));
  }
}

/** Checks the batches of a segment; returns the offset behind them. */
function checkSegment(
  world: World,
  segment: { readonly path: string; readonly baseOffset: number; readonly mayHaveGaps: boolean },
  bytes: Uint8Array,
): number {
  const { path } = segment;
  const cursor = new BatchCursor(bytes);
  let next = segment.baseOffset;
  while (cursor.next()) {
    const fault = verifyBatch(bytes, cursor.at);
    const at = cursor.at;
    world.findings.require(fault === null, "log files verify", () => `${path} at ${at}: ${fault}`);
    world.findings.require(
      cursor.baseOffset === next || (segment.mayHaveGaps && cursor.baseOffset > next),
      "batches leave no gaps",
      () => `${path} at ${at}: offset ${cursor.baseOffset}, wanted ${next}`,
    );
    next = cursor.nextOffset;
  }
  world.findings.require(
    cursor.fault === null && cursor.nextAt === bytes.length,
    "log files verify",
    () => `${path} at ${cursor.nextAt}: ${cursor.fault}, the file has ${bytes.length} bytes`,
  );
  return next;
}
