/** A node's place in the metadata quorum: the listener for its peers, the way to them, and the metadata log. */

import type { ClientConnectionOptions } from "../client/connection.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { MetaProperties } from "../controller/quorum/meta_properties.ts";
import { PeerTransport } from "../controller/quorum/peer_transport.ts";
import { KRAFT_VERSION } from "../metadata/features.ts";
import { MEMORY_HOST } from "../platform/compose_networks.ts";
import type { Address } from "../platform/network.ts";
import { type Features, registryWithApiVersions } from "../server/api_versions.ts";
import type { Server } from "../server/server.ts";
import { LeaderWatch } from "./leader_watch.ts";
import { bindController, controllerListener, endpointOf } from "./listeners.ts";
import { DRAIN_MS, type NodeContext, supportedFeatures } from "./node_context.ts";
import { QuorumMember } from "./quorum_member.ts";

/** The listener of a combined node's controller that only its own broker can reach. */
const IN_PROCESS_LISTENER = "IN_PROCESS";
/** How long the quorum may take to hand over leadership when the node stops, in milliseconds. */
const HANDOVER_MS = 5_000;

/** The listener for the peers of a node's controller, open and not served yet. */
export class PeerListener {
  readonly server: Server;
  readonly name: string;
  /** Where it listens; null on a node without the controller role, which has no such listener. */
  readonly address: Address | null;
  /** Where this node's broker reaches this node's controller; null unless it has both. */
  readonly ownAddress: Address | null;
  /** The port, when nobody configured it; 0 otherwise. */
  readonly chosenPort: number;
  readonly #advertised: Address | null;

  constructor(context: NodeContext, config: BrokerConfig, roles: readonly string[], rememberedPort: number) {
    const listener = controllerListener(config, rememberedPort);
    const isController = roles.includes("controller");
    this.server = context.newServer();
    this.name = listener.name;
    this.address = isController ? bindController(this.server, listener) : null;
    this.ownAddress = isController && roles.includes("broker")
      ? this.server.bind(IN_PROCESS_LISTENER, { host: MEMORY_HOST, port: 0 })
      : null;
    this.chosenPort = listener.isChosen ? this.address?.port ?? 0 : 0;
    this.#advertised = this.address && endpointOf(listener, this.address, context.hostName);
  }

  /** How the peers are told to reach it; empty without the controller role. */
  get endpoints(): { readonly name: string; readonly host: string; readonly port: number }[] {
    return this.#advertised === null ? [] : [{ name: this.name, ...this.#advertised }];
  }
}

export class QuorumPart {
  readonly member: QuorumMember;
  /** Serves the other nodes and this node's own broker. */
  readonly server: Server;
  readonly #listener: PeerListener;
  readonly #transport: PeerTransport;
  readonly #watch: LeaderWatch;

  private constructor(
    context: NodeContext,
    parts: {
      readonly member: QuorumMember;
      readonly listener: PeerListener;
      readonly transport: PeerTransport;
    },
  ) {
    this.member = parts.member;
    this.server = parts.listener.server;
    this.#listener = parts.listener;
    this.#transport = parts.transport;
    this.#watch = new LeaderWatch(parts, { timers: context.platform.timers, logger: context.logger });
  }

  /** Opens the metadata log; nothing is sent and nobody answered before {@link start}. */
  static async open(
    context: NodeContext,
    place: { readonly config: BrokerConfig; readonly meta: MetaProperties; readonly directory: string },
    listener: PeerListener,
    link: ClientConnectionOptions,
  ): Promise<QuorumPart> {
    const { platform, logger, options: { onFailure } } = context;
    const transport = new PeerTransport({ ...link, clientId: `node-${place.meta.nodeId}` });
    context.onFailure(() => transport.close());
    const member = await QuorumMember.open({
      ...place,
      platform,
      logger,
      canBeVoter: listener.address !== null,
      endpoints: listener.endpoints,
      transport,
      network: context.network,
      ...(onFailure === undefined ? {} : { onFailure }),
    }, listener.ownAddress);
    context.onFailure(() => member.shutdown(HANDOVER_MS));
    const part = new QuorumPart(context, { member, listener, transport });
    context.onFailure(() => part.#watch.stop());
    return part;
  }

  /** What ApiVersions says of features: those of the newest metadata, and the one that raft's own records tell. */
  readonly features = (): Features => {
    const { image, kraftVersion } = this.member.quorum;
    const finalized = kraftVersion > 0
      ? new Map(image.features).set(KRAFT_VERSION, kraftVersion)
      : image.features;
    return { supported: supportedFeatures, finalized, finalizedEpoch: image.offset };
  };

  /** Takes part in the quorum, and answers its peers, whose requests are for a replica that has been started. */
  start(): void {
    this.member.start();
    this.#serve();
  }

  /** Hands over what this node leads; the peers can reach it until that is done. */
  async stop(): Promise<void> {
    this.#watch.stop();
    await this.member.shutdown(HANDOVER_MS);
    await this.#listener.server.stop(DRAIN_MS);
    this.#transport.close();
  }

  #serve(): void {
    const { controller } = this.member;
    if (controller === null) return;
    const { server, name, ownAddress } = this.#listener;
    const registry = registryWithApiVersions(controller.handlers, this.features);
    server.serve(name, registry, { unlimited: true });
    if (ownAddress !== null) server.serve(IN_PROCESS_LISTENER, registry, { unlimited: true });
  }
}
