/** Which layer may import which. Change it together with the code that needs it, and say why in that commit. */

const foundation = ["core", "platform", "config", "protocol"] as const;
const storage = ["records", "log", "metadata", "client", "server"] as const;

/** The folders of src, each with the folders it may import besides itself. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  platform: ["core"],
  config: ["core"],
  protocol: ["core"],
  records: ["core"],
  raft: ["core"],
  metadata: ["core", "protocol"],
  log: ["core", "platform", "records"],
  client: ["core", "platform", "protocol", "records"],
  server: foundation,
  coordinator: ["core", "protocol", "metadata"],
  controller: [...foundation, ...storage, "raft"],
  broker: [...foundation, ...storage, "coordinator"],
  http: [...foundation, "metadata", "client"],
  node: [...foundation, ...storage, "raft", "coordinator", "controller", "broker", "http"],
  cli: [...foundation, "platform/adapters", "records", "log", "metadata", "client", "http", "node"],
  simulation: [...foundation, ...storage, "raft", "coordinator", "controller", "broker", "node"],
  "platform/adapters": ["core", "platform"],
};

/** The layer of a path inside src, such as `broker/handlers/00_produce.ts`; null when there is none. */
export function layerOf(path: string): string | null {
  if (path.startsWith("platform/adapters/")) return "platform/adapters";
  const slash = path.indexOf("/");
  const folder = slash < 0 ? "" : path.slice(0, slash);
  return Object.hasOwn(layers, folder) ? folder : null;
}
