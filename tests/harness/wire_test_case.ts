/** A test with a connection to a shared broker. */

import type { Address } from "../../src/platform/network.ts";
import { WireClient } from "./wire.ts";

/** Declares tests that each get a fresh connection, and may open more with `connect`. */
export function wireTests(shared: { readonly address: Address }) {
  return (
    name: string,
    task: (client: WireClient, connect: () => Promise<WireClient>) => Promise<void>,
  ): void => {
    Deno.test(name, async () => {
      const opened: WireClient[] = [];
      const connect = async () => {
        const client = await WireClient.connect(shared.address);
        opened.push(client);
        return client;
      };
      try {
        await task(await connect(), connect);
      } finally {
        for (const client of opened) client.close();
      }
    });
  };
}
