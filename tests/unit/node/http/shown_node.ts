/** A node of which only a few things are there, for what looks at nodes. */

import { BrokerConfig } from "../../../../src/config/broker_config.ts";
import { nodeId } from "../../../../src/core/ids.ts";
import type { MetadataChange, TopicChange } from "../../../../src/metadata/change.ts";
import { emptyImage } from "../../../../src/metadata/image.ts";
import type { ShownNode } from "../../../../src/node/http/parts.ts";
import { ServerStats } from "../../../../src/server/stats.ts";

type OnImage = (image: unknown, change: MetadataChange) => void;
type Leadership = { leaderId: number; leaderEpoch: number };

/** What a test can change of the node, and tell it. */
export class FakeNode {
  offset = 10;
  highWatermark = 11;
  leadership: Leadership = { leaderId: 1, leaderEpoch: 1 };
  epoch = 5;
  fenced = false;
  heardMs = 0;
  disks = [{ path: "a", totalBytes: 1, freeBytes: 1, logBytes: 0, isFull: false, isOnline: true }];
  readonly stats = [new ServerStats(), new ServerStats()];
  #onLeader = () => {};
  #onImage: OnImage = () => {};

  lead(leadership: Leadership): void {
    this.leadership = leadership;
    this.#onLeader();
  }

  change(topics: readonly TopicChange[]): void {
    this.#onImage(null, { topics: new Map(topics.map((one) => [one.id, one])) } as unknown as MetadataChange);
  }

  /** The node as it is shown; only a controller unless `isBroker`. */
  shown(isBroker = true): ShownNode {
    // deno-lint-ignore no-this-alias -- the getters below are of other objects
    const self = this;
    const image = () => ({
      ...emptyImage("c"),
      offset: self.offset,
      brokers: new Map([[1, { id: 1, fenced: self.fenced }]]),
    });
    const quorum = {
      role: "leader",
      get highWatermark() {
        return self.highWatermark;
      },
      get logEndOffset() {
        return self.highWatermark;
      },
      get image() {
        return image();
      },
      get leadership() {
        return self.leadership;
      },
      describe: () => ({ ...self.leadership, highWatermark: self.highWatermark, voters: [], observers: [] }),
      onLeadership: (listener: () => void) => self.#onLeader = listener,
      onImage: (listener: OnImage) => self.#onImage = listener,
    };
    const broker = {
      get epoch() {
        return self.epoch;
      },
      get heardMs() {
        return self.heardMs;
      },
      get image() {
        return image();
      },
      metrics: { disks: () => self.disks, look() {} },
    };
    return {
      id: nodeId(1),
      clusterId: "c",
      roles: [],
      addresses: new Map(),
      config: BrokerConfig.of({ "broker.session.timeout.ms": 9_000 }),
      quorum,
      controller: null,
      peerServer: { stats: self.stats[0] },
      serving: isBroker ? { broker, server: { stats: self.stats[1] }, registry: {} } : null,
      usage: null,
      demo: null,
    } as unknown as ShownNode;
  }
}
