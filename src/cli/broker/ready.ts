/** The one line on standard output that says that a node serves. */

import { VERSION } from "../../core/version.ts";
import type { Address } from "../../platform/network.ts";
import { formatAddress } from "../values.ts";

export interface ReadyFacts {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The real addresses by listener name. */
  readonly addresses: ReadonlyMap<string, Address>;
  readonly dataDir: string;
  /** From the start of the program to being ready, in milliseconds. */
  readonly startupMs: number;
}

export function readyLine(facts: ReadyFacts, format: "text" | "json"): string {
  const startupMs = Math.round(facts.startupMs);
  if (format === "json") {
    const { nodeId, clusterId, dataDir } = facts;
    const listeners = Object.fromEntries(facts.addresses);
    return JSON.stringify({ event: "ready", nodeId, clusterId, listeners, dataDir, startupMs }) + "\n";
  }
  const addresses = [...facts.addresses].map(([name, address]) => `${formatAddress(address)} (${name})`);
  return `sluice ${VERSION} serves on ${addresses.join(", ")} as node ${facts.nodeId}, ` +
    `data in ${facts.dataDir}, ready in ${startupMs} ms\n`;
}
