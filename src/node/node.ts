/**
 * The composition root: puts a platform and a config together into a running broker, controller, or both, and takes
 * them apart again. The simulator builds the same node from other parts.
 */

import type { MetaProperties } from "../controller/quorum/meta_properties.ts";
import { nodeId } from "../core/ids.ts";
import { VERSION } from "../core/version.ts";
import type { DirectoryLock } from "../platform/disk.ts";
import type { Address } from "../platform/network.ts";
import { BrokerPart, ClientListeners } from "./broker_part.ts";
import { clusterIdOfVoters } from "./cluster_id.ts";
import { lockDirectories, nodeDirectories, openMetas } from "./directories.ts";
import { NodeHttp } from "./http/node_http.ts";
import { findMembership, nodeIdOf, notesOf, settledConfig } from "./membership.ts";
import { NodeContext, type NodeOptions, type Undo } from "./node_context.ts";
import { writeNotes } from "./node_notes.ts";
import { PeerListener, QuorumPart } from "./quorum_part.ts";

export type { NodeOptions, WatchedParts } from "./node_context.ts";

/** Everything of a running node that has to be stopped, in this order. */
interface NodeParts {
  /** Null on a node that is only a controller. */
  readonly broker: BrokerPart | null;
  readonly quorum: QuorumPart;
  /** Null when it is off. */
  readonly http: NodeHttp | null;
  readonly locks: readonly DirectoryLock[];
}

/** Where a node can be reached, and as what. */
interface NodePlace {
  readonly roles: readonly string[];
  readonly addresses: ReadonlyMap<string, Address>;
  readonly controllerAddress: Address | null;
}

/** A node that serves. */
export class Node {
  readonly id: number;
  readonly clusterId: string;
  readonly roles: readonly string[];
  /** The real addresses of the broker's listeners by name; empty on a node that is only a controller. */
  readonly addresses: ReadonlyMap<string, Address>;
  /** Where other nodes reach this node's controller; null on a node that is only a broker. */
  readonly controllerAddress: Address | null;
  /** Where health, metrics, REST and dashboard are; null when they are off. */
  readonly httpAddress: Address | null;
  readonly #parts: NodeParts;
  #stopped: Promise<void> | undefined;

  private constructor(meta: MetaProperties, place: NodePlace, parts: NodeParts) {
    this.id = meta.nodeId;
    this.clusterId = meta.clusterId;
    this.roles = place.roles;
    this.addresses = place.addresses;
    this.controllerAddress = place.controllerAddress;
    this.httpAddress = parts.http?.address ?? null;
    this.#parts = parts;
  }

  /**
   * Starts a node; resolves when clients can produce and consume, or, on a node that is only a controller, when it
   * takes part in the quorum. Throws `UsageError`, `UnreachableError`, `DiskError` or `NetworkError`, each naming
   * what is wrong, and leaves nothing behind that runs.
   */
  static async start(options: NodeOptions): Promise<Node> {
    const undo: Undo[] = [];
    try {
      return await Node.#assemble(new NodeContext(options, (step) => undo.push(step)));
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  static async #assemble(context: NodeContext): Promise<Node> {
    const { options, platform, logger } = context;
    const directories = nodeDirectories(options.config);
    const locks = lockDirectories(directories, platform);
    context.onFailure(() => locks.forEach((lock) => lock.release()));
    const http = await NodeHttp.bind(context);
    const link = {
      network: platform.network,
      timers: platform.timers,
      clientId: "node",
      softwareVersion: VERSION,
      requestTimeoutMs: options.config.get("controller.quorum.request.timeout.ms"),
    };
    const search = { ...platform, ...link, logger };
    const membership = await findMembership(options.config, directories.metadata, search);
    const { roles, joining, existing } = membership;
    const isBroker = roles.includes("broker");

    const listeners = new ClientListeners(context, options.config, isBroker);
    const id = nodeId(await nodeIdOf(options.config, membership, listeners, search));
    const config = settledConfig(options.config, id, membership);
    const peers = new PeerListener(context, config, roles, membership.notes.controllerPort);
    const known = joining?.clusterId ?? existing?.clusterId ?? clusterIdOfVoters(config);
    const clusterId = config.get("cluster.id") ?? known;
    // That it has joined is written down before whose it is: with the latter alone it would found a cluster next time.
    await writeNotes(platform.disk, directories.metadata, notesOf(membership, peers.chosenPort));
    const metas = await openMetas(directories, platform, { nodeId: id, clusterId });

    const place = { config, meta: metas.metadata, directory: directories.metadata };
    const quorum = await QuorumPart.open(context, place, peers, link);
    const broker = isBroker
      ? await BrokerPart.open(context, { config, directories, metas, listeners }, quorum)
      : null;
    options.onParts?.({ quorum: quorum.member.quorum, broker: broker?.broker ?? null });
    quorum.start();
    await broker?.start();
    http?.serve({
      id,
      clusterId: metas.metadata.clusterId,
      roles,
      addresses: listeners.addresses,
      config,
      quorum: quorum.member.quorum,
      controller: quorum.member.controller,
      peerServer: quorum.server,
      serving: broker,
      usage: options.usage ?? null,
      demo: options.demo ?? null,
    });
    const { addresses } = listeners;
    const reached = { roles, addresses, controllerAddress: peers.address };
    return new Node(metas.metadata, reached, { broker, quorum, http, locks });
  }

  /** Leaves the cluster, answers what is under way, and closes the logs so that the next start need not check them. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { broker, quorum, http, locks } = this.#parts;
    http?.retire();
    await broker?.stop();
    await quorum.stop();
    await http?.stop();
    for (const lock of locks) lock.release();
  }
}
