/** The clients of a run: everybody who produces, consumes, commits and administers, and what they know together. */

import type { Prng } from "../core/prng.ts";
import { Admin } from "./clients/admin.ts";
import { Balancer } from "./clients/balancer.ts";
import { type Client, ClientContext, type ClientOptions, type Phase } from "./clients/client_context.ts";
import { GroupMember } from "./clients/group_member.ts";
import { IdempotentProducer } from "./clients/idempotent_producer.ts";
import { OffsetKeeper } from "./clients/offset_keeper.ts";
import { Leaving } from "./clients/leaving.ts";
import { PlainProducer } from "./clients/plain_producer.ts";
import { TailingConsumer } from "./clients/tailing_consumer.ts";
import type { LogPromise } from "./checks/cluster_watch.ts";
import { type FaultKind, latecomers } from "./faults/fault_kinds.ts";
import type { SimCluster } from "./cluster/sim_cluster.ts";
import { CommittedOffsets } from "./model/committed_offsets.ts";
import { type KnownTopic, TopicCatalog } from "./model/topic_catalog.ts";
import { drawTopicConfigs } from "./node_config.ts";
import type { SimNode } from "./sim_node.ts";
import type { World } from "./world.ts";

const MAX_ATTEMPTS = 20;
const CLIENT_HOSTS = ["10.0.1.1", "10.0.1.2"];
/** How long after all faults nodes may still tell what they knew before, in virtual microseconds. */
const SETTLING_US = 15e6;

export class Workload {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #context: ClientContext;
  readonly #platforms: readonly ClientOptions["platform"][];
  readonly #admin: Admin;
  readonly #clients: Client[] = [];
  #topics: readonly KnownTopic[] = [];
  #clientCount = 0;

  constructor(world: World, cluster: SimCluster, prng: Prng, kinds: readonly FaultKind[]) {
    this.#world = world;
    this.#prng = prng;
    const { plan } = cluster;
    const now = () => cluster.now();
    const topics = new TopicCatalog(world.findings, () => world.scheduler.nowUs);
    if (plan.nodes.length > 1) topics.inTouchUs = Infinity;
    const safeguards = plan;
    this.#context = new ClientContext(world, cluster, {
      topics,
      offsets: new CommittedOffsets(world.findings, now, () => this.#context.isDurable(safeguards)),
    });
    if (plan.nodes.length > 1) this.#context.pace = prng.pick([1, 2, 6]);
    this.#context.reusesNames = plan.nodes.length === 1 || !kinds.some((kind) => latecomers.has(kind));
    topics.mayComeBack = !this.#context.reusesNames;
    this.#platforms = CLIENT_HOSTS.map((each) => world.addMachine(each).boot().platform);
    this.#admin = new Admin(this.clientOptions("admin"));
  }

  /** What a new client is made with. */
  clientOptions(name: string): ClientOptions {
    // In turn, so that the members of a group do not all stand still at the same time.
    const platform = this.#platforms[this.#clientCount++ % this.#platforms.length]!;
    return { name, context: this.#context, platform, prng: this.#prng.fork() };
  }

  /** Creates the topics that are there all the time. */
  async createTopics(): Promise<void> {
    const { plan } = this.#context.cluster;
    const compacts = this.#prng.chance(0.4);
    const topics: KnownTopic[] = [];
    for (const name of ["durable", "plain"]) {
      const { replicationFactor, minInSync } = plan;
      const safeguards = { flushes: name === "durable", replicationFactor, minInSync };
      const isCompacted = compacts && name === "plain";
      const dropsTombstones = isCompacted && this.#prng.chance(0.5);
      const kind = { expires: false, compacts: isCompacted, dropsTombstones };
      const configs = drawTopicConfigs(this.#prng, { ...safeguards, ...kind });
      const partitions = plan.nodes.length === 1 ? 2 : 1 + this.#prng.below(4);
      // Some of the nodes may not be there yet.
      for (
        let attempt = 0;
        attempt < MAX_ATTEMPTS && topics.every((topic) => topic.name !== name);
        attempt++
      ) {
        const topic = await this.#admin.create({ name, ...kind, safeguards, partitions, configs });
        if (topic !== null) topics.push(topic);
      }
    }
    this.#world.findings.require(
      topics.length === 2,
      "topics are created",
      () => `${topics.length} of 2 were`,
    );
    this.#topics = topics;
  }

  /** Lets everybody begin. */
  begin(): void {
    for (const topic of this.#topics) {
      this.#clients.push(new PlainProducer(this.clientOptions(`plain-${topic.name}`), () => topic));
      for (let partition = 0; partition < topic.partitions; partition++) {
        const options = this.clientOptions(`idempotent-${topic.name}-${partition}`);
        this.#clients.push(new IdempotentProducer(options, topic, partition));
      }
      this.#clients.push(new TailingConsumer(this.clientOptions(`tail-${topic.name}`), topic));
      for (const number of this.#prng.chance(0.4) ? [1, 2, 3] : [1, 2]) {
        const options = this.clientOptions(`member-${topic.name}-${number}`);
        const place = { topic, isMortal: number === 3 };
        this.#clients.push(new GroupMember(options, `group-${topic.name}`, place));
      }
    }
    const wanderer = this.clientOptions("wanderer");
    const present = () => this.#context.topics.present();
    this.#clients.push(new PlainProducer(wanderer, () => wanderer.prng.pick(present())), this.#admin);
    const { plan } = this.#context.cluster;
    if (plan.nodes.length > 1) this.#clients.push(new Balancer(this.clientOptions("balancer")));
    this.#clients.push(new OffsetKeeper(this.clientOptions("keeper")));
    for (const client of this.#clients) this.#world.spawn(client.name, () => client.run());
  }

  /** Takes a node out of the cluster; whether that is done, or was given up. */
  takeOut(node: SimNode): () => boolean {
    let isDone = false;
    const leaving = new Leaving(this.clientOptions("leaving"), node);
    this.#world.spawn("leaving", () => leaving.run().then(() => void (isDone = true)));
    return () => isDone;
  }

  /** There are no faults any more. */
  onCalm(): void {
    this.#context.isOver = true;
  }

  /** All that the faults have left behind is mended. */
  onHealed(): void {
    const { nowUs } = this.#world.scheduler;
    const { topics, cluster } = this.#context;
    this.#context.phase = "healed";
    this.#context.healedUs = nowUs;
    if (cluster.plan.nodes.length > 1) topics.inTouchUs = nowUs + SETTLING_US;
  }

  /** A node is gone for a while: everybody must get on without it, if not at once. */
  onShorthanded(): void {
    this.#context.healedUs = Infinity;
    this.#context.topics.inTouchUs = Infinity;
    this.#context.round++;
  }

  enter(phase: Phase): void {
    this.#context.phase = phase;
  }

  /** Who has not done yet what there is to do in this phase. */
  readonly unsettled = (): string[] => [
    ...this.#clients.filter((client) => !client.isSettled).map(({ name }) => name),
    ...this.#topics.flatMap((topic) => this.#unread(topic)),
  ];

  /** The partitions that nobody in their topic's group reads. */
  #unread(topic: KnownTopic): string[] {
    const members = this.#clients.filter((client) => client instanceof GroupMember);
    const read = new Set(members.flatMap((member) => member.readsFrom(topic)));
    const partitions = Array.from({ length: topic.partitions }, (_, index) => index);
    return partitions.filter((index) => !read.has(index)).map((index) => `readers of ${topic.name}-${index}`);
  }

  /** Asks for all topics once. */
  async look(): Promise<void> {
    await this.#admin.look();
  }

  readonly promiseOf = (topic: string, id: string): LogPromise => this.#context.topics.promiseOf(topic, id);

  readonly askedBelow = (topic: string, partition: number): number =>
    this.#context.askedBelow(topic, partition);

  mayCompact(topic: string): boolean {
    return this.#context.topics.mayCompact(topic);
  }
}
