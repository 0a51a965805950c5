/** The conformance suite against the Deno adapter, the node adapter on Deno's node:*, and the in-process network. */

import { denoPlatform } from "../../src/platform/adapters/deno.ts";
import { nodePlatform } from "../../src/platform/adapters/node.ts";
import { composeNetworks } from "../../src/platform/compose_networks.ts";
import { MemoryNetwork } from "../../src/platform/memory_network.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { Prng } from "../../src/core/prng.ts";
import { canRun, type Subject } from "./case.ts";
import { suite } from "./cases.ts";
import { mountSmallDirectory, silentListener } from "./surroundings.ts";

const surroundings = {
  ...await silentListener(),
  ...mountSmallDirectory(),
};

/** A platform in memory as far as it goes: what does not differ is left out. */
function memoryPlatform(): Platform {
  const deno = denoPlatform();
  const network = composeNetworks({ memory: new MemoryNetwork() }, deno.network);
  return { ...deno, network, random: new Prng(1) };
}

const subjects: Readonly<Record<string, Omit<Subject, "directory"> & { parts: readonly string[] }>> = {
  "deno": { platform: denoPlatform(), host: "127.0.0.1", parts: Object.keys(suite), ...surroundings },
  "node on deno": { platform: nodePlatform(), host: "127.0.0.1", parts: Object.keys(suite), ...surroundings },
  "memory": { platform: memoryPlatform(), host: "memory", parts: ["network", "random"] },
};

for (const [name, { parts, ...subject }] of Object.entries(subjects)) {
  for (const part of parts) {
    for (const rule of suite[part]!) {
      Deno.test({
        name: `${name}, ${part}: ${rule.name}`,
        ignore: !canRun(rule, subject),
        fn: async () => {
          const directory = Deno.makeTempDirSync({ prefix: "sluice-conformance-" });
          try {
            await rule.run({ ...subject, directory });
          } finally {
            Deno.removeSync(directory, { recursive: true });
          }
        },
      });
    }
  }
}
