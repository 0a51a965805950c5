/**
 * Looks at the cluster while somebody watches: every part of the picture at its own pace, none waits for another, and
 * a part whose broker hangs keeps what was last seen.
 */

import type { Cluster } from "../../../client/cluster.ts";
import { messageOf } from "../../../core/errors.ts";
import type { MetadataImage } from "../../../metadata/image.ts";
import type { HttpContext } from "../../context.ts";
import type {
  GroupPicture,
  Layout,
  LocalPicture,
  Pulse,
  QuorumPicture,
  StoragePicture,
  TopicOffsets,
} from "../picture.ts";
import { surveyGroups } from "./groups.ts";
import { isSameLayout, layoutOf } from "./layout.ts";
import { surveyOffsets } from "./offsets.ts";
import { Part } from "./part.ts";
import { surveyQuorum } from "./quorum.ts";
import { surveyStorage } from "./storage.ts";

/** How often the parts are looked at, in milliseconds, and how much less for each thing that is there. */
const PACE = {
  offsets: { everyMs: 900, perItemMs: 2 },
  groups: { everyMs: 1_900, perItemMs: 2 },
  storage: { everyMs: 4_900, perItemMs: 20 },
  quorum: { everyMs: 900 },
  local: { everyMs: 900, perItemMs: 1 },
};
/** After so many looks at where partitions end, it is also asked where they begin. */
const STARTS_EVERY = 10;
/** How long a pulse waits for parts that were just asked for, in milliseconds. */
const WAIT_MS = 250;

/** What one look gave. `layout` is null when it is the one of the look before. */
export interface Look {
  readonly layout: Layout | null;
  readonly pulse: Pulse;
}

interface SeenOffsets {
  /** Of the layout. */
  readonly version: number;
  readonly atMs: number;
  readonly topics: readonly TopicOffsets[];
}

export class Survey {
  readonly #context: HttpContext;
  readonly #cluster: Cluster;
  #image: MetadataImage | null = null;
  #version = 0;
  #looks = 0;
  #layout: Layout | null = null;
  readonly #offsets: Part<SeenOffsets>;
  readonly #groups: Part<readonly GroupPicture[]>;
  readonly #quorum: Part<QuorumPicture>;
  readonly #storage: Part<StoragePicture>;
  readonly #local: Part<LocalPicture>;

  constructor(context: HttpContext) {
    const cluster = context.cluster();
    const { clock } = context;
    this.#context = context;
    this.#cluster = cluster;
    const partitions = ({ topics }: SeenOffsets) => topics.reduce((sum, { ends }) => sum + ends.length, 0);
    const positions = (groups: readonly GroupPicture[]) =>
      groups.reduce((sum, { committed, members }) => sum + 1 + committed.length + members.length, 0);
    this.#offsets = new Part(clock, { ...PACE.offsets, itemsOf: partitions }, () => this.#lookAtOffsets());
    this.#groups = new Part<readonly GroupPicture[]>(
      clock,
      { ...PACE.groups, itemsOf: positions },
      () => surveyGroups(cluster, this.#liveBrokers()),
    );
    this.#storage = new Part(
      clock,
      { ...PACE.storage, itemsOf: ({ replicas }) => replicas.length },
      () => surveyStorage(cluster, this.#liveBrokers()),
    );
    this.#quorum = new Part(clock, PACE.quorum, () => surveyQuorum(cluster, this.#nearestBroker()));
    this.#local = new Part(
      clock,
      { ...PACE.local, itemsOf: ({ totals }) => totals.partitions },
      () => localOf(context),
    );
  }

  /** The layout that the last pulse belongs to. */
  get layout(): Layout | null {
    return this.#layout;
  }

  /** The last groups and storage, whether or not a pulse has already told of them. */
  get known(): Pick<Pulse, "groups" | "storage"> {
    return { groups: this.#groups.value, storage: this.#storage.value };
  }

  /** Asks for what is due and tells what is known. */
  async look(): Promise<Look> {
    const layout = await this.#newLayout();
    const parts = [this.#offsets, this.#groups, this.#quorum, this.#storage, this.#local];
    const asked = parts.map((part) => part.refresh((error) => this.#onFailure(error)));
    await Promise.race([Promise.all(asked), this.#context.timers.sleep(WAIT_MS)]);
    const { version } = this.#layout!;
    const offsets = this.#offsets.value;
    return {
      layout,
      pulse: {
        atMs: this.#context.clock.wallMs(),
        version,
        metadataOffset: this.#image!.offset,
        offsets: offsets?.version === version ? offsets.topics : null,
        offsetsAtMs: offsets?.atMs ?? -1,
        groups: this.#groups.takeNew(),
        quorum: this.#quorum.isFailing ? null : this.#quorum.value,
        storage: this.#storage.takeNew(),
        local: this.#local.value,
      },
    };
  }

  async #lookAtOffsets(): Promise<SeenOffsets> {
    const layout = this.#layout!;
    const { version } = layout;
    const last = this.#offsets.value;
    const before = last?.version === version && ++this.#looks % STARTS_EVERY !== 0 ? last.topics : null;
    const topics = await surveyOffsets(this.#cluster, { layout, before });
    return { version, atMs: this.#context.clock.wallMs(), topics };
  }

  async #newLayout(): Promise<Layout | null> {
    const image = this.#context.image();
    const before = this.#image;
    this.#image = image;
    if (before !== null && isSameLayout(before, image)) return null;
    const layout = layoutOf(image, this.#context, ++this.#version);
    this.#layout = layout;
    this.#offsets.expire();
    await this.#meetBrokers();
    return layout;
  }

  /** Learns where new brokers are; only the first time there is nothing to do but wait for that. */
  async #meetBrokers(): Promise<void> {
    const known = this.#cluster.brokers;
    if (this.#liveBrokers().every((id) => known.has(id))) return;
    const isFirst = known.size === 0;
    const refreshed = this.#cluster.refresh([]).catch((error) => this.#onFailure(error));
    if (isFirst) await refreshed;
  }

  #liveBrokers(): number[] {
    return (this.#layout?.brokers ?? []).filter(({ isFenced }) => !isFenced).map(({ id }) => id);
  }

  /** This node's own broker, or else any. */
  #nearestBroker(): number {
    const { node } = this.#context;
    return node.roles.includes("broker") ? node.id : this.#liveBrokers()[0] ?? node.id;
  }

  #onFailure(error: unknown): void {
    this.#context.logger.debug("the dashboard cannot see a part of the cluster", {
      reason: messageOf(error),
    });
  }
}

async function localOf(context: HttpContext): Promise<LocalPicture> {
  const { nodeId, uptimeMs, windowMs, totals, produce, fetch, apis, process } = await context.live();
  return { nodeId, uptimeMs, windowMs, totals, produce, fetch, apis, process };
}
