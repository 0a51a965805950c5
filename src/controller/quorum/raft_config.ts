/** What raft is configured with, from the node's configs. */

import type { BrokerConfig } from "../../config/broker_config.ts";
import { UsageError } from "../../core/errors.ts";
import type { NodeId } from "../../core/ids.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import { DEFAULT_TIMEOUTS, type Endpoint, type RaftConfig, type Voter } from "../../raft/types.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import { mayJoin } from "./joining.ts";
import type { QuorumOptions } from "./options.ts";

/** The range of kraft.version that this program supports: 1 is KIP-853. */
const KRAFT_VERSIONS = { minKRaftVersion: 0, maxKRaftVersion: 1 };

/** Raft's ids of bootstrap servers are negative and begin here; -1 means nobody. */
const FIRST_BOOTSTRAP_ID = -2;

/** The name of the listener on which controllers talk. */
export function controllerListener(config: BrokerConfig): string {
  return config.get("controller.listener.names")[0] ?? "CONTROLLER";
}

/** `image` gives the newest committed metadata. */
export function raftConfigOf(options: QuorumOptions, image: () => MetadataImage): RaftConfig {
  const { config, meta, endpoints, canBeVoter, platform } = options;
  const localKey = { id: meta.nodeId, directoryId: meta.directoryId };
  const named = quorumVoters(config);
  const servers = bootstrapServers(config);
  const isAlone = named.length === 0 && servers.length === 0 && canBeVoter;
  const fetchTimeoutMs = config.get("controller.quorum.fetch.timeout.ms");
  return {
    localKey,
    localEndpoints: endpoints,
    canBeVoter,
    bootstrapVoters: isAlone ? [{ ...localKey, endpoints, ...KRAFT_VERSIONS }] : named,
    bootstrapKRaftVersion: named.length > 0 ? 0 : 1,
    autoJoin: config.get("controller.quorum.auto.join.enable"),
    // Who was told to be a controller votes, however many there are.
    mayJoin: (voters) => config.statics.has("process.roles") || mayJoin(image(), voters, meta.nodeId),
    bootstrapServerIds: servers.map((_, index) => (FIRST_BOOTSTRAP_ID - index) as NodeId),
    electionTimeoutMs: config.get("controller.quorum.election.timeout.ms"),
    fetchTimeoutMs,
    electionBackoffMaxMs: config.get("controller.quorum.election.backoff.max.ms"),
    requestTimeoutMs: config.get("controller.quorum.request.timeout.ms"),
    retryBackoffMs: config.get("controller.quorum.retry.backoff.ms"),
    fetchMaxWaitMs: Math.min(DEFAULT_TIMEOUTS.fetchMaxWaitMs, Math.floor(fetchTimeoutMs / 4)),
    random: (bound) => platform.random.below(bound),
  };
}

/** `controller.quorum.voters`: ID@HOST:PORT each. Throws {@link UsageError} for anything else. */
export function quorumVoters(config: BrokerConfig): Voter[] {
  const name = controllerListener(config);
  return config.get("controller.quorum.voters").map((text) => {
    const at = text.indexOf("@");
    const id = Number(text.slice(0, at));
    if (at < 1 || !Number.isSafeInteger(id) || id < 0) {
      throw new UsageError(`read controller.quorum.voters "${text}": wanted ID@HOST:PORT`);
    }
    const endpoint = parseEndpoint("controller.quorum.voters", name, text.slice(at + 1));
    return { id: id as NodeId, directoryId: ZERO_UUID, endpoints: [endpoint], ...KRAFT_VERSIONS };
  });
}

function parseEndpoint(key: string, name: string, text: string): Endpoint {
  const match = /^\[?([^\]]+?)\]?:(\d+)$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw new UsageError(`read ${key} "${text}": wanted host:port`);
  return { name, host: match[1]!, port };
}

/** Where `controller.quorum.bootstrap.servers` are, in the order of their ids. */
export function bootstrapServers(config: BrokerConfig): Endpoint[] {
  const key = "controller.quorum.bootstrap.servers";
  return config.get(key).map((text) => parseEndpoint(key, controllerListener(config), text));
}

/** The endpoint behind one of raft's ids of bootstrap servers. */
export function bootstrapEndpoint(config: BrokerConfig, id: NodeId): Endpoint | undefined {
  return bootstrapServers(config)[FIRST_BOOTSTRAP_ID - id];
}
