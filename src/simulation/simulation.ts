/**
 * One run: a node and its clients from a seed. First everything goes wrong that this run has picked, then all is made
 * well and the clients must get on, then what is left is held against all that was promised.
 */

import { invariants } from "../core/assert.ts";
import type { Prng } from "../core/prng.ts";
import { Admin } from "./clients/admin.ts";
import { checkLogs } from "./checks/check_logs.ts";
import { checkFiles } from "./checks/check_files.ts";
import { type Client, ClientContext, type ClientOptions } from "./clients/client_context.ts";
import { GroupMember } from "./clients/group_member.ts";
import { IdempotentProducer } from "./clients/idempotent_producer.ts";
import { PlainProducer } from "./clients/plain_producer.ts";
import { TailingConsumer } from "./clients/tailing_consumer.ts";
import { FaultInjector } from "./faults/fault_injector.ts";
import { type FaultKind, faultKinds, usualKinds } from "./faults/fault_kinds.ts";
import type { Finding } from "./findings.ts";
import type { Machine } from "./machine.ts";
import { CommittedOffsets } from "./model/committed_offsets.ts";
import { type KnownTopic, TopicCatalog } from "./model/topic_catalog.ts";
import { drawNodeConfig, drawTopicConfigs } from "./node_config.ts";
import type { Host } from "./scheduler.ts";
import { SimNode } from "./sim_node.ts";
import { Transcript } from "./transcript.ts";
import { World } from "./world.ts";

/** What is run. */
export interface RunOptions {
  readonly seed: number;
  /** How long things go wrong, in virtual seconds. */
  readonly seconds: number;
  /** What may go wrong; each run picks some of these. */
  readonly kinds?: readonly FaultKind[];
  /** Exactly what goes wrong, instead of a choice. */
  readonly exactly?: readonly FaultKind[];
  /** How many lines of the transcript are kept. */
  readonly keepLines?: number;
}

/** How it went. */
export interface RunResult {
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly finding: Finding | null;
  readonly hash: string;
  readonly virtualUs: number;
  readonly events: number;
  readonly lines: readonly string[];
  /** How often the node was started. */
  readonly starts: number;
}

const NODE_HOST = "10.0.0.1";
const PORT = 9092;
const CLIENT_HOSTS = ["10.0.1.1", "10.0.1.2"];
/** How long a node without faults may take for anything, in virtual microseconds. */
const PATIENCE_US = 120e6;

/** Runs a seed to its end, or to the first thing that is wrong. */
export async function simulate(host: Host, options: RunOptions): Promise<RunResult> {
  const transcript = new Transcript(options.keepLines ?? 0);
  const world = new World(host, options.seed, transcript);
  host.onUncaught((error) => world.onUncaught(error, "somewhere"));
  invariants.onBroken = (error) => world.onInvariant(error);
  const run = new Run(world, options);
  try {
    await run.all();
  } finally {
    invariants.onBroken = () => {};
  }
  return {
    seed: options.seed,
    kinds: run.kinds,
    finding: world.findings.first,
    hash: transcript.hash,
    virtualUs: world.scheduler.nowUs,
    events: world.scheduler.events,
    lines: transcript.lines(),
    starts: run.node.starts,
  };
}

class Run {
  readonly node: SimNode;
  readonly kinds: readonly FaultKind[];
  readonly #world: World;
  readonly #seconds: number;
  readonly #prng: Prng;
  readonly #context: ClientContext;
  readonly #clientMachines: readonly Machine[];
  readonly #admin: Admin;
  readonly #clients: Client[] = [];
  #clientCount = 0;

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#prng = world.prng.fork();
    this.#seconds = options.seconds;
    const drawn = drawKinds(world.prng.fork(), options.kinds ?? usualKinds);
    this.kinds = options.exactly ?? drawn;
    const isDurable = this.#prng.chance(0.5);
    const machine = world.addMachine(NODE_HOST);
    const address = { host: NODE_HOST, port: PORT };
    this.node = new SimNode(
      world,
      machine,
      drawNodeConfig(this.#prng.fork(), { id: 1, ...address, isDurable }),
      address,
    );
    this.#clientMachines = CLIENT_HOSTS.map((each) => world.addMachine(each));
    const now = () => this.#context.now();
    this.#context = new ClientContext(world, this.node, {
      topics: new TopicCatalog(world.findings, () => world.scheduler.nowUs),
      offsets: new CommittedOffsets(world.findings, now, isDurable),
      isDurableByDefault: isDurable,
    });
    for (const each of this.#clientMachines) this.#platforms.set(each, each.boot().platform);
    this.#admin = new Admin(this.#clientOptions("admin"));
  }

  readonly #platforms = new Map<Machine, ClientOptions["platform"]>();

  #clientOptions(name: string): ClientOptions {
    const prng = this.#prng.fork();
    // In turn, so that the members of a group do not all stand still at the same time.
    const machine = this.#clientMachines[this.#clientCount++ % this.#clientMachines.length]!;
    const platform = this.#platforms.get(machine)!;
    return { name, context: this.#context, platform, prng };
  }

  async all(): Promise<void> {
    this.#world.scheduler.note("run", this.kinds.join(" "));
    const steps = [
      () => this.#setUp(),
      () => this.#faults(),
      () => this.#recover(),
      () => this.#finish(),
      () => this.#checkAtRest(),
    ];
    for (const step of steps) {
      await step();
      if (this.#world.findings.first !== null) return;
    }
  }

  /** Everybody in turn gets on within bounded time, or that is a finding. */
  async #await(what: string, isDone: () => boolean, detail: () => string = () => ""): Promise<void> {
    const done = await this.#world.runFor(PATIENCE_US, isDone);
    if (!done) this.#world.findings.report(`without faults ${what}`, detail());
  }

  async #setUp(): Promise<void> {
    this.node.start();
    await this.#await("a node starts", () => this.node.state === "up");
    const topics: KnownTopic[] = [];
    let done = false;
    this.#world.spawn("setting up", async () => {
      const compacts = this.#prng.chance(0.4);
      const durable = { name: "durable", isDurable: true, compacts: false };
      const plain = { name: "plain", isDurable: this.#context.isDurableByDefault, compacts };
      for (const each of [durable, plain]) {
        const options = { ...each, expires: false };
        const configs = drawTopicConfigs(this.#prng, options);
        const topic = await this.#admin.create({ ...options, partitions: 2, configs });
        if (topic !== null) topics.push(topic);
      }
      done = true;
    });
    await this.#await("topics are created", () => done && topics.length === 2);
    if (this.#world.findings.first !== null) return;
    this.#addClients(topics);
  }

  #addClients(topics: readonly KnownTopic[]): void {
    for (const topic of topics) {
      this.#clients.push(new PlainProducer(this.#clientOptions(`plain-${topic.name}`), () => topic));
      for (let partition = 0; partition < topic.partitions; partition++) {
        const options = this.#clientOptions(`idempotent-${topic.name}-${partition}`);
        this.#clients.push(new IdempotentProducer(options, topic, partition));
      }
      this.#clients.push(new TailingConsumer(this.#clientOptions(`tail-${topic.name}`), topic));
      for (const number of [1, 2]) {
        const options = this.#clientOptions(`member-${topic.name}-${number}`);
        this.#clients.push(new GroupMember(options, `group-${topic.name}`, topic));
      }
    }
    const wanderer = this.#clientOptions("wanderer");
    const present = () => this.#context.topics.present();
    this.#clients.push(new PlainProducer(wanderer, () => wanderer.prng.pick(present())), this.#admin);
    for (const client of this.#clients) this.#world.spawn(client.name, () => client.run());
  }

  async #faults(): Promise<void> {
    const injector = new FaultInjector(this.#world, [this.node], this.#prng.fork());
    injector.begin(this.kinds);
    await this.#world.runFor(this.#seconds * 1e6);
    if (this.#world.findings.first !== null) return;
    this.#world.scheduler.note("run", "heals");
    injector.heal();
  }

  async #recover(): Promise<void> {
    await this.#await("a node starts", () => this.node.state === "up");
    this.#context.phase = "healed";
    this.#context.healedUs = this.#world.scheduler.nowUs;
    await this.#awaitClients("clients get on");
    this.#context.phase = "draining";
    await this.#awaitClients("clients finish");
  }

  async #awaitClients(what: string): Promise<void> {
    const unsettled = () => this.#clients.filter((client) => !client.isSettled).map(({ name }) => name);
    await this.#await(
      what,
      () => this.#clients.every((client) => client.isSettled),
      () => unsettled().join(" "),
    );
  }

  async #finish(): Promise<void> {
    this.#context.phase = "over";
    const options = this.#clientOptions("checker");
    let done = false;
    this.#world.spawn("checking logs", async () => {
      await this.#admin.look();
      await checkLogs(options);
      done = true;
    });
    await this.#await("all logs can be read", () => done);
  }

  async #checkAtRest(): Promise<void> {
    this.node.stop();
    await this.#await("a node stops", () => this.node.state === "down");
    checkFiles(this.#world, this.node, (topic) => this.#context.topics.mayCompact(topic));
  }
}

function drawKinds(prng: Prng, from: readonly FaultKind[]): FaultKind[] {
  const share = prng.pick([0.2, 0.4, 0.7]);
  return faultKinds.filter((kind) => prng.chance(share) && from.includes(kind));
}
