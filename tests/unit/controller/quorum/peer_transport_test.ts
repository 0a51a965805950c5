/** Requests to other controllers, over connections that end. */

import assert from "node:assert/strict";
import { PeerTransport } from "../../../../src/controller/quorum/peer_transport.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { denoPlatform } from "../../../../src/platform/adapters/deno.ts";
import { MemoryNetwork } from "../../../../src/platform/memory_network.ts";
import { NetworkError } from "../../../../src/platform/network.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { describeCluster } from "../../../../src/protocol/messages/60_describe_cluster.ts";
import { registryWithApiVersions } from "../../../../src/server/api_versions.ts";
import { type ConnectionInfo, handler } from "../../../../src/server/registry.ts";
import { Server } from "../../../../src/server/server.ts";

const LIMITS = {
  maxRequestBytes: 1 << 20,
  maxConnections: 100,
  maxConnectionsPerIp: 100,
  maxIdleMs: 60_000,
  maxInFlight: 8,
};

function startPeer() {
  const platform = denoPlatform();
  const network = new MemoryNetwork();
  const server = new Server({ ...platform, network, logger: silentLogger, limits: LIMITS });
  const address = server.bind("CONTROLLER", { host: "memory", port: 0 });
  const connections: ConnectionInfo[] = [];
  const answers = handler(describeCluster, (_request, { connection }) => {
    connections.push(connection);
    return { errorCode: ErrorCode.NONE, errorMessage: null, clusterId: "c", controllerId: 1, brokers: [] };
  });
  server.serve(
    "CONTROLLER",
    registryWithApiVersions([answers], () => ({ supported: [], finalized: new Map(), finalizedEpoch: 0 })),
  );
  const transport = new PeerTransport({
    network,
    timers: platform.timers,
    clientId: "test",
    softwareVersion: "1",
    requestTimeoutMs: 2_000,
  });
  const ask = () =>
    transport.send([{ name: "CONTROLLER", ...address }], describeCluster, {
      includeClusterAuthorizedOperations: false,
    }, 2_000);
  const stopPeer = () => server.stop(100);
  const stop = async () => {
    transport.close();
    await stopPeer();
  };
  return { ask, connections, stopPeer, stop };
}

Deno.test("a connection that the peer closed while it was idle is made anew: the peer is not taken for dead", async () => {
  const { ask, connections, stop } = startPeer();
  assert.equal((await ask()).clusterId, "c");
  connections[0]!.close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal((await ask()).clusterId, "c");
  assert.notEqual(connections[0]!.id, connections[1]!.id);
  await stop();
});

Deno.test("a peer whose process is gone is told by a refused connection, at once", async () => {
  const { ask, stopPeer, stop } = startPeer();
  await ask();
  await stopPeer();
  await assert.rejects(ask, (error) => error instanceof NetworkError && error.code === "refused");
  await stop();
});
