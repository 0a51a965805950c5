/** The newest committed metadata as this broker knows it, and the places that wait for it to move on. */

import type { NodeId, Uuid } from "../core/ids.ts";
import { directoryOf, isDirectoryOnline } from "../metadata/directories.ts";
import {
  emptyImage,
  isAlive,
  type MetadataImage,
  type PartitionImage,
  type TopicImage,
} from "../metadata/image.ts";
import type { Address } from "../platform/network.ts";
import type { Timers } from "../platform/platform.ts";

export class MetadataCache {
  readonly #timers: Timers;
  #image: MetadataImage;
  readonly #waiters = new Set<() => void>();

  constructor(clusterId: string, timers: Timers) {
    this.#image = emptyImage(clusterId);
    this.#timers = timers;
  }

  get image(): MetadataImage {
    return this.#image;
  }

  /** Takes the next image; to be called once everything in it is in force on this broker. */
  publish(image: MetadataImage): void {
    this.#image = image;
    const waiting = [...this.#waiters];
    for (const check of waiting) check();
  }

  topic(name: string): TopicImage | undefined {
    return this.#image.topics.byName.get(name);
  }

  topicById(id: Uuid): TopicImage | undefined {
    return this.#image.topics.byId.get(id);
  }

  /** Brokers that clients may be told of: registered and not fenced. */
  aliveBrokers(): NodeId[] {
    return [...this.#image.brokers.keys()].filter((id) => isAlive(this.#image, id));
  }

  /** The replicas of a partition whose brokers are fenced or gone, or whose log directories do not work (KIP-112). */
  offlineReplicas(partition: PartitionImage): NodeId[] {
    return partition.replicas.filter((id) => {
      const broker = this.#image.brokers.get(id);
      return broker === undefined || broker.fenced || !isDirectoryOnline(broker, directoryOf(partition, id));
    });
  }

  /** Where a broker listens under a listener's name. */
  endpoint(id: NodeId, listener: string): Address | null {
    const endpoints = this.#image.brokers.get(id)?.endpoints ?? [];
    return endpoints.find((one) => one.name === listener) ?? endpoints[0] ?? null;
  }

  /** Resolves with true once `condition` holds for the image, with false after `timeoutMs`. */
  waitFor(condition: (image: MetadataImage) => boolean, timeoutMs: number): Promise<boolean> {
    if (condition(this.#image)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const check = () => {
        if (condition(this.#image)) settle(true);
      };
      const timer = this.#timers.after(timeoutMs, () => settle(false));
      const settle = (met: boolean) => {
        this.#waiters.delete(check);
        timer.cancel();
        resolve(met);
      };
      this.#waiters.add(check);
    });
  }
}
