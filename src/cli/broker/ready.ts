/** The one line on standard output that says that a node serves. */

import { VERSION } from "../../core/version.ts";
import type { Address } from "../../platform/network.ts";
import { formatAddress } from "../../platform/address.ts";

export interface ReadyFacts {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly roles: readonly string[];
  /** The real addresses by listener name; empty without the broker role. */
  readonly addresses: ReadonlyMap<string, Address>;
  /** Where other nodes reach the controller; null without the controller role. */
  readonly controllerAddress: Address | null;
  /** Where health, metrics, REST and dashboard are; null when they are off. */
  readonly httpAddress: Address | null;
  readonly dataDir: string;
  /** From the start of the program to being ready, in milliseconds. */
  readonly startupMs: number;
}

export function readyLine(facts: ReadyFacts, format: "text" | "json"): string {
  const startupMs = Math.round(facts.startupMs);
  const { nodeId, clusterId, roles, controllerAddress: controller, httpAddress: http, dataDir } = facts;
  if (format === "json") {
    const listeners = Object.fromEntries(facts.addresses);
    const ready = {
      event: "ready",
      nodeId,
      clusterId,
      roles,
      listeners,
      controller,
      http,
      dataDir,
      startupMs,
    };
    return JSON.stringify(ready) + "\n";
  }
  const addresses = [...facts.addresses].map(([name, address]) => `${formatAddress(address)} (${name})`);
  if (addresses.length === 0 && controller !== null) {
    addresses.push(`${formatAddress(controller)} (controllers only)`);
  }
  const page = http === null ? "" : `http://${formatAddress(http)}, `;
  return `sluice ${VERSION} serves on ${addresses.join(", ")} as node ${nodeId}, ${page}` +
    `data in ${dataDir}, ready in ${startupMs} ms\n`;
}
