/** What the metadata may say of a broker, held against the process that it speaks of (KIP-631). */

import type { MetadataChange } from "../../metadata/change.ts";
import type { BrokerImage, MetadataImage } from "../../metadata/image.ts";
import type { Findings } from "../findings.ts";
import type { SimNode } from "../sim_node.ts";

export class BrokerCheck {
  readonly #findings: Findings;
  readonly #nodes: readonly SimNode[];
  /** The newest offset that was looked at: nodes that come later see the same records again. */
  #offset = -1;
  #before: MetadataImage | null = null;

  constructor(findings: Findings, nodes: readonly SimNode[]) {
    this.#findings = findings;
    this.#nodes = nodes;
  }

  onImage(image: MetadataImage, change: MetadataChange): void {
    if (image.offset <= this.#offset) return;
    for (const id of change.brokers) {
      const broker = image.brokers.get(id);
      if (broker !== undefined) this.#onBroker(broker, this.#before?.brokers.get(id));
    }
    this.#offset = image.offset;
    this.#before = image;
  }

  #onBroker(broker: BrokerImage, before: BrokerImage | undefined): void {
    const { id, epoch, fenced, inControlledShutdown } = broker;
    const node = this.#nodes.find(({ plan }) => plan.id === id);
    // A process that has ended, or that has not heard yet that it is registered, says nothing.
    if (node === undefined || node.brokerEpoch !== epoch || before?.epoch !== epoch) return;
    const { host } = node.machine;
    this.#findings.require(
      fenced || !before.fenced || (node.image?.offset ?? -1) >= epoch,
      "who is unfenced knows of its registration",
      () => `${host} is unfenced in epoch ${epoch} and has metadata up to ${node.image?.offset}`,
    );
    this.#findings.require(
      !inControlledShutdown || before.inControlledShutdown || node.state === "stopping",
      "only who stops hands over",
      () => `${host} is ${node.state} and hands over in epoch ${epoch}`,
    );
  }
}
