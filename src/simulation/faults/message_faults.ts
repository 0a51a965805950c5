/** What goes wrong just when a node says something: messages that come late, voters that end once they have voted. */

import type { Prng } from "../../core/prng.ts";
import type { AlterPartitionRequest } from "../../protocol/messages/56_alter_partition.ts";
import type { BrokerHeartbeatRequest } from "../../protocol/messages/63_broker_heartbeat.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import { soundLink } from "../network/link.ts";
import type { ConnectionPair } from "../network/sim_connection.ts";
import type { Eavesdropper } from "../network/wiretap.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";
import type { FaultInjector } from "./fault_injector.ts";

/** How long the right moment is waited for, in microseconds. */
const PATIENCE_US = 5e6;

/** What is lain in wait for. */
interface Ambush {
  readonly prng: Prng;
  readonly untilUs: number;
  left: number;
}

export class MessageFaults implements Eavesdropper {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #injector: FaultInjector;
  #vote: Ambush | null = null;
  #join: Ambush | null = null;
  #farewell: Ambush | null = null;
  /** Until when a request that is late must find the others undisturbed. */
  #lateUntilUs = 0;

  constructor(world: World, cluster: SimCluster, injector: FaultInjector) {
    this.#world = world;
    this.#cluster = cluster;
    this.#injector = injector;
    world.wiretap.add(this);
  }

  #ambush(prng: Prng, left = 1): Ambush {
    return { prng, untilUs: this.#world.scheduler.nowUs + PATIENCE_US, left };
  }

  /** Whether it is time for a fault that was lain in wait for. */
  #springs(ambush: Ambush | null): ambush is Ambush {
    if (ambush === null || ambush.left <= 0 || ambush.untilUs < this.#world.scheduler.nowUs) return false;
    ambush.left--;
    return true;
  }

  /** All is well from now on. */
  end(): void {
    this.#vote = this.#join = this.#farewell = null;
  }

  /**
   * The active controller is started anew while two other voters cannot reach each other, so that both ask the rest
   * for their votes in the same epoch; who has voted may end at once, and be asked again.
   */
  rivals(prng: Prng): void {
    const { nodes } = this.#cluster;
    const active = nodes.find(({ parts }) => parts?.quorum.leadership.isActive === true);
    const others = nodes.filter((node) => node !== active && node.plan.roles.includes("controller"));
    if (active === undefined || others.length < 2) return;
    const one = others.splice(prng.below(others.length), 1)[0]!.machine.host;
    const other = prng.pick(others).machine.host;
    const ms = 1500 + prng.below(2500);
    this.#part(one, other, ms);
    const latencyUs = prng.pick([[1000, 10_000], [20_000, 60_000]] as const);
    this.#injector.slowLinks(this.#linksAmong(nodes), { ...soundLink, latencyUs }, ms);
    this.#vote = this.#ambush(prng, 2);
    this.#bounce(active, prng);
  }

  #linksAmong(nodes: readonly SimNode[]) {
    const hosts = new Set(nodes.map(({ machine }) => machine.host));
    return [...this.#world.fabric.links()].filter(([key]) => key.split(">").every((host) => hosts.has(host)))
      .map(([, link]) => link);
  }

  onVoteGranted(host: string): void {
    const node = this.#cluster.nodes.find(({ machine }) => machine.host === host);
    if (node === undefined || !this.#springs(this.#vote)) return;
    const { prng } = this.#vote;
    if (prng.chance(0.2)) return;
    this.#injector.later(prng.below(prng.pick([1, 20])), () => this.#bounce(node, prng));
  }

  /** Ends a process and starts the next one at once. */
  #bounce(node: SimNode, prng: Prng): void {
    const how = prng.pick(["process", "power"] as const);
    if (node.state === "down") return;
    if (how === "power" && this.#cluster.mayEnd(node, "power")) node.crash("power");
    else if (this.#cluster.mayEnd(node, "process")) node.crash("process");
    else return;
    this.#injector.later(prng.pick([1, 10, 50]), () => {
      if (node.state === "down") node.start();
    });
  }

  /**
   * A request to the controller is under way for so long that it arrives when all has changed: the leader has sent it
   * again, and who was to join an ISR is out of it once more, or has lost its data; or a broker that wanted to stop
   * is back.
   */
  lateRequest(node: SimNode, prng: Prng): void {
    if (this.#world.scheduler.nowUs < this.#lateUntilUs) return;
    if (prng.chance(0.3)) {
      this.#farewell = this.#ambush(prng);
      this.#injector.restart(node);
    } else {
      // Who comes back joins the ISRs again.
      this.#join = this.#ambush(prng);
      this.#injector.crash(node, "process", prng);
    }
  }

  onHeartbeat(_: string, { wantShutDown }: BrokerHeartbeatRequest, pair: ConnectionPair): void {
    if (!wantShutDown || !this.#springs(this.#farewell)) return;
    pair.client.outgoing.stall(1000 * (2200 + this.#farewell.prng.below(3000)));
  }

  onAlterPartition(host: string, request: AlterPartitionRequest, pair: ConnectionPair): void {
    const joining = this.#joining(request);
    if (joining === undefined || !this.#springs(this.#join)) return;
    const { prng } = this.#join;
    const { outgoing } = pair.client;
    if (prng.chance(0.5)) {
      // Longer than a heartbeat is waited for, so that it is sent again, and than a follower may lag.
      const lateUs = 1000 * (5000 + prng.below(3000));
      outgoing.stall(lateUs);
      this.#lateUntilUs = this.#world.scheduler.nowUs + lateUs + 1e6;
      this.#injector.later(1050 + prng.below(400), () => this.#part(host, joining.machine.host, 8000));
    } else {
      outgoing.stall(1000 * (300 + prng.below(prng.pick([700, 3000]))));
      const leader = this.#cluster.nodes.find(({ machine }) => machine.host === host);
      const victim = prng.chance(0.5) ? joining : leader;
      if (victim !== undefined) this.#injector.later(prng.below(30), () => this.#bounce(victim, prng));
    }
  }

  /** Two machines do not reach each other. */
  #part(one: string, other: string, ms: number): void {
    this.#injector.cutLinks(
      (from, to) => (from === one && to === other) || (from === other && to === one),
      ms,
    );
  }

  /** Somebody whom the request would bring into an ISR. */
  #joining({ topics }: AlterPartitionRequest): SimNode | undefined {
    const image = this.#cluster.newestImage;
    for (const { topicId, partitions } of topics) {
      for (const { partitionIndex, newIsrWithEpochs } of partitions) {
        const isr = image?.topics.byId.get(topicId)?.partitions[partitionIndex]?.isr;
        const id = newIsrWithEpochs.find(({ brokerId }) => isr?.every((each) => each !== brokerId))?.brokerId;
        const node = this.#cluster.nodes.find(({ plan }) => plan.id === id);
        if (node !== undefined) return node;
      }
    }
    return undefined;
  }

  /**
   * One stands still until it is out of sync, a second one stops, and the last one loses data and is back first: it
   * must wait for the second one, who has all that was acknowledged (KIP-966).
   */
  outOfTurn(node: SimNode, prng: Prng): void {
    const others = this.#cluster.brokers.filter((each) => each !== node && each.state === "up");
    if (others.length !== 2) return;
    const still = others[prng.below(2)]!;
    const last = others.find((each) => each !== still)!;
    const { life } = still.machine;
    if (life !== null) life.pausedUntilUs = this.#world.scheduler.nowUs + 6_500_000;
    this.#injector.later(3600 + prng.below(1500), () => {
      if (node.state !== "up") return;
      node.stop();
      this.#awaitDown(node, 800, () => {
        this.#injector.later(prng.below(300), () => this.#loseFirst(last, prng));
        this.#injector.later(4000 + prng.below(3000), () => {
          if (node.state === "down") node.start();
        });
      });
    });
  }

  #loseFirst(last: SimNode, prng: Prng): void {
    if (last.state !== "up" || !this.#cluster.mayEnd(last, "power")) return;
    last.crash("power");
    this.#injector.later(prng.pick([1, 50]), () => {
      if (last.state === "down") last.start();
    });
  }

  #awaitDown(node: SimNode, tries: number, then: () => void): void {
    this.#injector.later(10, () => {
      if (node.state === "down") then();
      else if (tries > 0) this.#awaitDown(node, tries - 1, then);
    });
  }
}
