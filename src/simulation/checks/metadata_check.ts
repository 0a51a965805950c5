/** What no two nodes may see differently in the metadata: who leads the quorum, and every partition at each epoch. */

import type { MetadataChange } from "../../metadata/change.ts";
import type { MetadataImage, PartitionImage } from "../../metadata/image.ts";
import type { Findings } from "../findings.ts";
import type { SimNode } from "../sim_node.ts";
import { differenceOf } from "./image_texts.ts";

export class MetadataCheck {
  readonly #findings: Findings;
  /** By epoch. */
  readonly #quorumLeaders = new Map<number, number>();
  /** What was first seen of each partition at each partition epoch, and who led it in each leader epoch. */
  readonly #partitions = new Map<string, string>();
  readonly #leaders = new Map<string, number>();

  readonly #remark: (text: string) => void;

  /** `remark` tells readers of the transcript what has changed. */
  constructor(findings: Findings, remark: (text: string) => void) {
    this.#findings = findings;
    this.#remark = remark;
  }

  /** A node believes that `leaderId` leads the quorum in an epoch. */
  onQuorumLeader(host: string, leaderId: number, epoch: number): void {
    if (leaderId < 0) return;
    const known = this.#quorumLeaders.get(epoch);
    this.#quorumLeaders.set(epoch, known ?? leaderId);
    this.#findings.require(
      known === undefined || known === leaderId,
      "one node leads the quorum in an epoch",
      () => `epoch ${epoch}: ${known}, and ${host} says ${leaderId}`,
    );
  }

  onImage(host: string, image: MetadataImage, change: MetadataChange): void {
    for (const { id, name, before, after, partitions } of change.topics.values()) {
      for (const index of partitions) {
        const state = after?.partitions[index];
        if (state === undefined) continue;
        this.#onPartition(host, `${name}-${index} (${id})`, state, before?.partitions[index]);
        this.#findings.require(
          state.leader < 0 || state.isr.every((member) => image.brokers.get(member)?.fenced !== true),
          "who is in sync is not fenced",
          () => `${name}-${index} on ${host} at ${image.offset}: ${JSON.stringify(state)}`,
        );
      }
    }
    this.#findings.require(
      image.offset >= 0,
      "an image comes from a record",
      () => `${host} has one at ${image.offset}`,
    );
  }

  #onPartition(host: string, name: string, state: PartitionImage, before: PartitionImage | undefined): void {
    const text = JSON.stringify(state);
    const key = `${name}@${state.partitionEpoch}`;
    const known = this.#partitions.get(key);
    if (known === undefined) this.#remark(`${key} is ${text}`);
    this.#partitions.set(key, known ?? text);
    this.#findings.require(
      known === undefined || known === text,
      "a partition is the same at the same epoch",
      () => `${key}: ${known}, and ${host} has ${text}`,
    );
    const { leader, leaderEpoch, isr, replicas } = state;
    if (leader >= 0) this.#onLeader(host, `${name}@${leaderEpoch}`, leader);
    this.#findings.require(
      leader < 0 || isr.includes(leader),
      "a leader is in sync",
      () => `${key}: ${text}`,
    );
    this.#findings.require(
      isr.every((id) => replicas.includes(id)) && new Set(isr).size === isr.length,
      "who is in sync is a replica",
      () => `${key}: ${text}`,
    );
    this.#findings.require(
      before === undefined || before.leaderEpoch <= leaderEpoch,
      "a leader epoch does not move back",
      () => `${key}: it was ${before?.leaderEpoch} and is ${leaderEpoch}`,
    );
  }

  #onLeader(host: string, key: string, leader: number): void {
    const known = this.#leaders.get(key);
    this.#leaders.set(key, known ?? leader);
    this.#findings.require(
      known === undefined || known === leader,
      "one broker leads a partition in an epoch",
      () => `${key}: ${known}, and ${host} has ${leader}`,
    );
  }

  /** Nodes whose images end at the same record have the same image. */
  compareImages(nodes: readonly SimNode[]): void {
    const seen = new Map<number, { readonly host: string; readonly image: MetadataImage }>();
    for (const { image, machine: { host } } of nodes) {
      if (image === null || image.offset < 0) continue;
      const other = seen.get(image.offset);
      if (other === undefined) seen.set(image.offset, { host, image });
      else if (other.image !== image) {
        const difference = differenceOf(other.image, image);
        this.#findings.require(
          difference === null,
          "images at the same offset are the same",
          () => `${image.offset}: ${other.host} ${difference![0]} and ${host} ${difference![1]}`,
        );
      }
    }
  }
}
