/** All the clients, and how the tests of a file share them. */

import type { Address } from "../../../src/platform/network.ts";
import { bootstrapOf, sharedBroker } from "../../harness/broker.ts";
import type { ClientKind, InteropClient } from "./client.ts";
import { java } from "./java.ts";
import { kafkaJs } from "./kafkajs.ts";
import { kcat } from "./kcat.ts";
import { platformatic } from "./platformatic.ts";
import { confluent, kafkaPython } from "./python.ts";

export const clientKinds: readonly ClientKind[] = [
  kcat,
  kafkaJs,
  platformatic,
  kafkaPython,
  confluent,
  java,
];

/**
 * One broker and one client of each kind for all tests of a file. A client that is not installed is left out; on
 * CI its test fails.
 */
export function sharedClients(): {
  readonly address: Address;
  get(kind: ClientKind): InteropClient | null;
} {
  const shared = sharedBroker();
  const clients = new Map<ClientKind, InteropClient>();
  Deno.test.beforeAll(async () => {
    await Promise.all(clientKinds.map(async (kind) => {
      const client = await kind.start(bootstrapOf(shared.address)).catch((error) => {
        throw new Error(`start ${kind.name}`, { cause: error });
      });
      if (client !== null) clients.set(kind, client);
      else if (kind.optional !== true && Deno.env.get("CI")) throw new Error(`${kind.name} is missing`);
    }));
  });
  Deno.test.afterAll(async () => {
    await Promise.all([...clients.values()].map((client) => client[Symbol.asyncDispose]()));
  });
  return {
    get address() {
      return shared.address;
    },
    get: (kind) => clients.get(kind) ?? null,
  };
}
