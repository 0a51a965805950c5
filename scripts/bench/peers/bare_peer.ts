/** The bare server (bare_server.ts) as a peer: what only appends and reads, the yardstick of raw loads. */

import { untilListening } from "./nats_peer.ts";
import { freePort, type Peer, spawnPeer } from "./peer.ts";

const script = new URL("../bare_server.ts", import.meta.url).pathname;

/** The bare server, which Deno runs. */
export const barePeer: Peer = {
  name: "bare server",
  version: "bare server: frames appended to a file or read from it, nothing else, run by Deno",
  prepare: (directory) => Deno.mkdir(directory, { recursive: true }),
  spawn: (directory, { port = freePort() } = {}) =>
    spawnPeer([Deno.execPath(), "run", "-A", script, `${directory}/file`, `${port}`], {
      port,
      logFile: `${directory}.log`,
    }),
  untilServing: untilListening,
  installed: () => ({ bytes: 0, what: "not compared" }),
};
