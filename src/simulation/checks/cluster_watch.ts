/** Looks into all nodes from time to time, and whenever their metadata change. */

import type { WatchedParts } from "../../node/node.ts";
import type { Partition } from "../../broker/partition.ts";
import type { MetadataChange } from "../../metadata/change.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import { Directory } from "../disk/directory.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";
import { BrokerCheck } from "./broker_check.ts";
import { CommittedBatches, type ReplicaCursor } from "./committed_batches.ts";
import { MetadataCheck } from "./metadata_check.ts";
import { RaftPromises } from "./raft_promises.ts";
import { RetentionCheck } from "./retention_check.ts";

/** The leader was elected uncleanly, and its log may not be whole. */
const RECOVERING = 1;
const METADATA_LOG = "__cluster_metadata-0";
/** How often replicas are compared, in virtual microseconds. */
const INTERVAL_US = 40_000;
/** Two for the quorum, one each to fetch, to ask the controller and to forward, each perhaps just being replaced. */
const MAX_CONNECTIONS = 8;
/** How many times less often whole images are. */
const IMAGES_EVERY = 8;

/** What the clients know of topics. */
export interface TopicKnowledge {
  promiseOf(topic: string, id: string): LogPromise;
  /** The highest offset that anybody asked to delete below. */
  askedBelow(topic: string, partition: number): number;
}

/** What the log of a topic promises. */
export interface LogPromise {
  /** What is committed stays, whatever this run does. */
  readonly isDurable: boolean;
  /** Old records may go by themselves, as far as `retention.bytes` lets them. */
  readonly expires: boolean;
  /** Batches may be rewritten. */
  readonly compacts: boolean;
}

/** What the log of a partition is called. */
interface LogNames {
  readonly directory: string;
  /** With the topic's id. */
  readonly name: string;
}

/** What was seen of a replica in one process. */
interface SeenReplica {
  readonly log: object;
  readonly cursor: ReplicaCursor;
  highWatermark: number;
  logStartOffset: number;
}

export class ClusterWatch {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #topics: TopicKnowledge;
  readonly #retention: RetentionCheck;
  readonly #metadata: MetadataCheck;
  readonly #brokers: BrokerCheck;
  /** By the name of the log, with the topic's id. */
  readonly #logs = new Map<string, CommittedBatches>();
  readonly #seen = new Map<SimNode, Map<string, SeenReplica>>();
  readonly #names = new WeakMap<Partition, LogNames>();
  #powerCuts = 0;
  #rounds = 0;

  constructor(world: World, cluster: SimCluster, topics: TopicKnowledge) {
    this.#world = world;
    this.#cluster = cluster;
    this.#topics = topics;
    this.#retention = new RetentionCheck(world.findings);
    const { scheduler } = world;
    this.#metadata = new MetadataCheck(
      world.findings,
      (text) => scheduler.transcript.remark(scheduler.nowUs, text),
    );
    this.#brokers = new BrokerCheck(world.findings, cluster.nodes);
    world.wiretap.add(new RaftPromises(world.findings, world.machines));
    for (const node of cluster.nodes) node.onParts = (parts) => this.#onParts(node, parts);
  }

  #onParts(node: SimNode, { quorum }: WatchedParts): void {
    const { host } = node.machine;
    this.#seen.set(node, new Map());
    quorum.onImage((image, change) => {
      this.#metadata.onImage(host, image, change);
      this.#brokers.onImage(image, change);
      this.#onUncleanElections(change);
    });
    quorum.onLeadership(({ leaderId, leaderEpoch }) =>
      this.#metadata.onQuorumLeader(host, leaderId, leaderEpoch)
    );
  }

  /** Who was elected although it may lack what was committed (KIP-704) does, from now on, where nothing is promised. */
  #onUncleanElections({ topics }: MetadataChange): void {
    for (const { name, id, after, partitions } of topics.values()) {
      if (this.#topics.promiseOf(name, id).isDurable) continue;
      for (const index of partitions) {
        if (after?.partitions[index]?.leaderRecoveryState !== RECOVERING) continue;
        this.#logs.get(`${name}-${index} ${id}`)?.forget();
      }
    }
  }

  /** Looks from now on until the world ends. */
  begin(): void {
    this.#world.scheduler.after(INTERVAL_US, "watch", null, () => {
      this.look();
      this.begin();
    });
  }

  look(): void {
    const { nodes } = this.#cluster;
    this.#forgetWhatMayBeLost();
    for (const node of nodes) this.#lookAt(node);
    this.#checkCommitted();
    if (this.#rounds++ % IMAGES_EVERY === 0) this.#metadata.compareImages(nodes);
  }

  /** Nodes do not open ever more connections to each other. */
  checkConnections(): void {
    const counts = new Map<string, number>();
    const hosts = new Set(this.#cluster.nodes.map(({ machine }) => machine.host));
    for (const { client, server } of this.#world.fabric.pairs) {
      // A machine without power cannot tell its peers that it is gone.
      if (!hosts.has(client.local.host) || client.gone || !client.life.alive) continue;
      const key = `${client.local.host} to ${server.local.host}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      this.#world.findings.require(
        count <= MAX_CONNECTIONS,
        "connections between nodes are few",
        () => `${key}: ${count}`,
      );
    }
  }

  /**
   * The partitions whose replicas do not all end, and are committed, at the same offset, or keep what the leader has
   * deleted.
   */
  get unlevel(): string[] {
    const ends = new Map<string, string>();
    const found = new Set<string>();
    const starts = new Map<string, number>();
    for (const { parts } of this.#cluster.nodes) {
      for (const { topic, index, isLeader, log } of parts?.broker?.partitions() ?? []) {
        if (isLeader) starts.set(`${topic}-${index}`, log.logStartOffset);
      }
    }
    for (const { parts, machine: { host } } of this.#cluster.nodes) {
      for (
        const { topic, index, log } of parts?.broker?.partitions() ?? []
      ) {
        const { logStartOffset, logEndOffset, highWatermark } = log;
        const name = `${topic}-${index}`;
        const end = `${highWatermark} of ${logEndOffset}`;
        const known = ends.get(name);
        ends.set(name, known ?? end);
        if (known !== undefined && known !== end) found.add(`${name}: ${known}, ${end} on ${host}`);
        const start = starts.get(name) ?? 0;
        if (logStartOffset < start) found.add(`${name}: ${start}, from ${logStartOffset} on ${host}`);
      }
    }
    return [...found];
  }

  #forgetWhatMayBeLost(): void {
    const { powerCuts } = this.#cluster.now();
    if (powerCuts === this.#powerCuts) return;
    this.#powerCuts = powerCuts;
    for (const [name, log] of this.#logs) {
      const [, topic, id] = /^(.*)-\d+ (\S+)$/.exec(name) ?? [];
      if (topic !== undefined && id !== undefined && !this.#topics.promiseOf(topic, id).isDurable) {
        log.forget();
      }
    }
  }

  #lookAt(node: SimNode): void {
    const { parts, machine } = node;
    const seen = this.#seen.get(node);
    const data = machine.medium.root.get("data");
    if (parts === null || seen === undefined || !(data instanceof Directory)) return;
    const { quorum, broker } = parts;
    if (machine.isRotten) return;
    const topics = this.#cluster.newestImage?.topics.byId;
    this.#compare(node, data, { name: METADATA_LOG, directory: METADATA_LOG, log: quorum, isDurable: true });
    for (const partition of broker?.partitions() ?? []) {
      const { topic, topicId, index, log } = partition;
      const { name, directory } = this.#namesOf(partition);
      // While a log is being cut its offsets need not fit together.
      if (log.isBusy) continue;
      this.#checkBounds(partition, machine.host);
      const { isDurable, expires, compacts } = this.#topics.promiseOf(topic, topicId);
      if (expires) this.#retention.look(partition, this.#topics.askedBelow(topic, index));
      // Who is not in sync may still have what was lost when another was elected uncleanly, and cuts it off later.
      const isInSync = topics?.get(topicId)?.partitions[index]?.isr.some((id) =>
        id === node.plan.id
      ) === true;
      if (!compacts && (isDurable || isInSync)) {
        this.#compare(node, data, { name, directory, log, isDurable });
      }
    }
  }

  /** Everybody who is in sync has all that a leader says is committed. */
  #checkCommitted(): void {
    const topics = this.#cluster.newestImage?.topics.byId;
    if (topics === undefined) return;
    const byTopic = new Map<string, { readonly node: SimNode; readonly replica: Partition }[]>();
    for (const node of this.#cluster.nodes) {
      for (const replica of node.parts?.broker?.partitions() ?? []) {
        const others = byTopic.get(replica.topicId);
        if (others === undefined) byTopic.set(replica.topicId, [{ node, replica }]);
        else others.push({ node, replica });
      }
    }
    for (const replicas of byTopic.values()) {
      for (const { replica } of replicas) {
        if (!replica.isLeader) continue;
        const state = topics.get(replica.topicId)?.partitions[replica.index];
        if (state?.leaderEpoch === replica.leaderEpoch) this.#checkFollowers(replica, state.isr, replicas);
      }
    }
  }

  /** What any leader has committed, and not just this one: it may not know yet how far the last one had got. */
  #checkFollowers(
    leader: Partition,
    isr: readonly number[],
    replicas: readonly { readonly node: SimNode; readonly replica: Partition }[],
  ): void {
    const { topic, topicId, index, leaderEpoch } = leader;
    const { isDurable, compacts } = this.#topics.promiseOf(topic, topicId);
    const known = isDurable && !compacts ? this.#logs.get(this.#namesOf(leader).name)?.end ?? 0 : 0;
    for (const { node, replica } of replicas) {
      const { plan, machine } = node;
      if (replica.index !== index || !isr.includes(plan.id)) continue;
      // Who was killed has lost nothing that it had told.
      const hasLost = node.unclean === "power" && !this.#cluster.hasRecovered(node);
      const mayLack = hasLost || replica.isCutting || replica.log.offline !== null;
      if (mayLack) continue;
      const { logEndOffset } = replica.log;
      const committed = Math.max(leader.highWatermark, machine.isRotten ? 0 : known);
      this.#world.findings.require(
        logEndOffset >= committed,
        "who is in sync has what is committed",
        () =>
          `${topic}-${index}: committed is ${committed} in epoch ${leaderEpoch}, ${machine.host} has ${logEndOffset}`,
      );
    }
  }

  #namesOf(partition: Partition): LogNames {
    let names = this.#names.get(partition);
    if (names === undefined) {
      const directory = `${partition.topic}-${partition.index}`;
      this.#names.set(partition, names = { directory, name: `${directory} ${partition.topicId}` });
    }
    return names;
  }

  #checkBounds(
    { topic, index, log: { logStartOffset, highWatermark, logEndOffset } }: Partition,
    host: string,
  ): void {
    this.#world.findings.require(
      logStartOffset <= highWatermark && highWatermark <= logEndOffset,
      "a high watermark is within its log",
      () => `${topic}-${index} on ${host}: ${logStartOffset}, ${highWatermark}, ${logEndOffset}`,
    );
  }

  #compare(
    node: SimNode,
    data: Directory,
    replica: {
      readonly name: string;
      readonly directory: string;
      readonly log: { readonly highWatermark: number; readonly logStartOffset: number };
      readonly isDurable: boolean;
    },
  ): void {
    const { name, isDurable, log: { highWatermark, logStartOffset } } = replica;
    const directory = data.get(replica.directory);
    if (!(directory instanceof Directory)) return;
    let log = this.#logs.get(name);
    if (log === undefined) this.#logs.set(name, log = new CommittedBatches(name, this.#world.findings));
    const all = this.#seen.get(node)!;
    let seen = all.get(name);
    // A replica that was moved away may come back as a new one.
    if (seen?.log !== replica.log) {
      const cursor = log.newCursor(node.machine.host);
      seen = { log: replica.log, cursor, highWatermark: 0, logStartOffset: 0 };
      all.set(name, seen);
    }
    // A log that had nothing may begin anew further back, where the batch begins that holds its leader's first record.
    const wasEmpty = seen.logStartOffset === seen.highWatermark;
    this.#world.findings.require(
      highWatermark >= seen.highWatermark || wasEmpty || !isDurable,
      "a replica's high watermark does not move back",
      () => `${name} on ${node.machine.host}: it was ${seen.highWatermark} and is ${highWatermark}`,
    );
    seen.highWatermark = highWatermark;
    seen.logStartOffset = logStartOffset;
    log.compare(seen.cursor, directory, highWatermark);
  }
}
