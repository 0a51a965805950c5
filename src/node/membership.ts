/**
 * Which node of which cluster this is. A data directory says so from the second start on; before that the configs
 * do, and where they do not, the cluster that the node joins tells its id and which node id is free.
 */

import { type Registrant, registrationRequest } from "../broker/registration.ts";
import { BrokerConfig } from "../config/broker_config.ts";
import { ClientConnection } from "../client/connection.ts";
import { UnreachableError } from "../client/errors.ts";
import { type MetaProperties, readMetaProperties } from "../controller/quorum/meta_properties.ts";
import { quorumVoters } from "../controller/quorum/raft_config.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import { uuidFromRandom } from "../core/uuid.ts";
import { formatAddress, parsePeerAddress } from "../platform/address.ts";
import type { Address } from "../platform/network.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { brokerRegistration } from "../protocol/messages/62_broker_registration.ts";
import { type ClusterFacts, type ClusterSearchOptions, findCluster } from "./cluster_search.ts";
import { type NodeNotes, readNotes } from "./node_notes.ts";

/** What is known of the node's place in the cluster before its listeners are open. */
export interface Membership {
  /** What the data directory says; null on the first start. */
  readonly existing: MetaProperties | null;
  /** The cluster that the node joins on its first start; null when it founds one, or when it did so before. */
  readonly joining: ClusterFacts | null;
  readonly roles: readonly string[];
  readonly notes: NodeNotes;
  /** Where to look for the controllers while none is known from the metadata log. */
  readonly controllers: readonly Address[];
}

/** What it takes to look into the data directory and for the cluster. */
export type MembershipSearch = ClusterSearchOptions & Parameters<typeof readMetaProperties>[0];

/** How long a node waits for the cluster that it is to join, in milliseconds. */
const FIRST_JOIN_PATIENCE_MS = 30_000;
/** With this many voters, a newcomer that was not told its roles does not become one more. */
const ENOUGH_VOTERS = 5;

/** Finds out where this node belongs. Throws `UsageError` when its directory belongs elsewhere. */
export async function findMembership(
  config: BrokerConfig,
  directory: string,
  search: MembershipSearch,
): Promise<Membership> {
  const existing = readMetaProperties(search, directory);
  const written = readNotes(search.disk, directory);
  // Without an id the first start has not come far enough to make this a member of any cluster.
  const notes = existing === null ? { ...written, controllers: [] } : written;
  const members = config.get("cluster.join").map((one) => parsePeerAddress(one, "cluster.join"));
  const found = members.length === 0 ? null : await lookFor(members, existing, search);
  if (existing !== null && found !== null && existing.clusterId !== found.clusterId) {
    throw new UsageError(
      `cluster.join: ${
        members.map(formatAddress).join()
      } is in cluster ${found.clusterId}, but ${directory} ` +
        `belongs to node ${existing.nodeId} of cluster ${existing.clusterId}: give this node another data ` +
        `directory, or start it without joining`,
    );
  }
  const controllers = found?.controllers ?? notes.controllers;
  const joining = existing === null ? found : null;
  return { existing, joining, notes, controllers, roles: rolesOf(config, joining) };
}

/** A first start cannot do without the cluster; later ones have their metadata log to go by. */
async function lookFor(
  members: readonly Address[],
  existing: MetaProperties | null,
  search: ClusterSearchOptions,
): Promise<ClusterFacts | null> {
  if (existing === null) return await findCluster(members, FIRST_JOIN_PATIENCE_MS, search);
  try {
    return await findCluster(members, 0, search);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    search.logger.info("starting with what this node knows of its cluster", { reason: messageOf(error) });
    return null;
  }
}

/** What was said, or else both, unless the voters are named or there are enough of them. */
function rolesOf(config: BrokerConfig, joining: ClusterFacts | null): readonly string[] {
  const roles = config.get("process.roles");
  if (config.statics.has("process.roles")) return roles;
  const voters = quorumVoters(config);
  const isNamed = voters.some(({ id }) => id === config.get("node.id"));
  const isSpare = voters.length > 0 ? !isNamed : (joining?.controllers.length ?? 0) >= ENOUGH_VOTERS;
  return isSpare ? roles.filter((role) => role !== "controller") : roles;
}

/**
 * The id of this node: the one it was told or has had before, else the lowest that is above all that are taken. A
 * newcomer that will be a broker takes it by registering, so that two that come together do not get the same.
 */
export async function nodeIdOf(
  config: BrokerConfig,
  { existing, joining, roles }: Membership,
  newcomer: Registrant,
  search: MembershipSearch,
): Promise<number> {
  if (config.statics.has("node.id")) return config.get("node.id");
  if (joining === null) return existing?.nodeId ?? config.get("node.id");
  const free = Math.max(0, ...joining.takenIds) + 1;
  return roles.includes("broker") ? await registerAs(free, joining, newcomer, search) : free;
}

const RETRY_MS = 200;
const MAX_ATTEMPTS = 50;

async function registerAs(
  firstId: number,
  cluster: ClusterFacts,
  newcomer: Registrant,
  search: MembershipSearch,
): Promise<number> {
  let facts = cluster;
  let brokerId = firstId;
  let reason = "no controller is active";
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (facts.leader !== null) {
      try {
        const code = await tryId(brokerId, facts, facts.leader, newcomer, search);
        if (code === ErrorCode.NONE) return brokerId;
        reason = errorInfo(code).name;
        if (code === ErrorCode.DUPLICATE_BROKER_REGISTRATION) brokerId++;
      } catch (error) {
        reason = messageOf(error);
      }
    }
    await search.timers.sleep(RETRY_MS);
    facts = await findCluster(facts.controllers, FIRST_JOIN_PATIENCE_MS, search);
  }
  throw new UnreachableError(`cluster.join: no node id could be had: ${reason}`);
}

async function tryId(
  brokerId: number,
  { clusterId }: ClusterFacts,
  leader: Address,
  newcomer: Registrant,
  search: MembershipSearch,
): Promise<number> {
  const connection = await ClientConnection.open(leader, search);
  try {
    // The directories get their ids once the node has one; the registration that counts tells them.
    const logDirs = [uuidFromRandom((length) => search.random.bytes(length))];
    const response = await connection.send(
      brokerRegistration,
      registrationRequest(newcomer, { brokerId, clusterId, logDirs, previousBrokerEpoch: -1 }),
    );
    return response.errorCode;
  } finally {
    connection.close();
  }
}

/** Whether this node has joined its cluster, on this start or an earlier one, rather than founded it. */
function hasJoined({ joining, notes }: Membership): boolean {
  return joining !== null || notes.controllers.length > 0;
}

/** What is to be written down for the next start. */
export function notesOf(membership: Membership, controllerPort: number): NodeNotes {
  // A node that founded its cluster has its metadata log to go by, whatever it was told to join later.
  return { controllerPort, controllers: hasJoined(membership) ? membership.controllers : [] };
}

/** The config with what the node has found out about itself, for all its parts. */
export function settledConfig(
  config: BrokerConfig,
  nodeId: number,
  membership: Membership,
): BrokerConfig {
  const { roles, controllers } = membership;
  const statics = new Map(config.statics);
  const settle = (name: string, text: string) => statics.set(name, { text, origin: "program" });
  if (!statics.has("node.id")) settle("node.id", String(nodeId));
  if (!statics.has("process.roles")) settle("process.roles", roles.join());
  if (controllers.length > 0) {
    const key = "controller.quorum.bootstrap.servers";
    if (!statics.has(key)) settle(key, controllers.map(formatAddress).join());
  }
  if (hasJoined(membership) && !statics.has("controller.quorum.auto.join.enable")) {
    settle("controller.quorum.auto.join.enable", "true");
  }
  return new BrokerConfig(statics);
}
