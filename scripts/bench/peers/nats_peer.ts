/** NATS JetStream as a peer: Debian's nats-server with JetStream and else its defaults, messages kept in files. */

import { runProgram } from "../../checks/check.ts";
import { freePort, type Peer, spawnPeer } from "./peer.ts";

const PROGRAM = "nats-server";

/** NATS, or null where it is not installed. */
export async function natsPeer(): Promise<Peer | null> {
  const found = await runProgram(PROGRAM, ["--version"]).catch(() => null);
  if (found === null || !found.success) return null;
  const version = /v[\d.]+/.exec(found.output)?.[0] ?? "?";
  return {
    name: "NATS",
    version: `NATS JetStream (nats-server ${version})`,
    prepare: (directory) => Deno.mkdir(directory, { recursive: true }),
    spawn: (directory, { port = freePort() } = {}) =>
      spawnPeer([PROGRAM, "-js", "-a", "127.0.0.1", "-p", `${port}`, "-sd", directory], {
        port,
        logFile: `${directory}.log`,
      }),
    untilServing: untilListening,
    installed: () => ({ bytes: 0, what: "not compared" }),
  };
}

/** Resolves when something listens on `port`. */
export async function untilListening(port: number, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error(`nothing listened on port ${port} within ${timeoutMs / 1000} s`);
}
