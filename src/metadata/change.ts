/** What differs between an image and the one before it, so that readers look only at what changed. */

import type { NodeId, Uuid } from "../core/ids.ts";
import type { ConfigResource, TopicImage } from "./image.ts";

/** How one topic changed. `before` is null for a new topic and `after` for a deleted one. */
export interface TopicChange {
  readonly id: Uuid;
  readonly name: string;
  readonly before: TopicImage | null;
  readonly after: TopicImage | null;
  /** The indexes of partitions that are new or differ, ascending; all of them for a new or deleted topic. */
  readonly partitions: readonly number[];
}

/** The difference between two images. A topic that was deleted and created anew is two changes, two ids. */
export interface MetadataChange {
  /** By topic id. */
  readonly topics: ReadonlyMap<Uuid, TopicChange>;
  /** Resources whose configs were set, changed or removed. */
  readonly configs: readonly ConfigResource[];
  /** Brokers that registered, went, or whose registration differs. */
  readonly brokers: ReadonlySet<NodeId>;
  readonly controllers: ReadonlySet<NodeId>;
  readonly features: boolean;
  readonly clientQuotas: boolean;
  readonly producerIds: boolean;
  /** ACLs, SCRAM credentials or delegation tokens. */
  readonly security: boolean;
}
