/** A node's part in the metadata quorum: a controller, or, on a node that is only a broker, an observer. */

import { Controller } from "../controller/controller.ts";
import { type ImageListener, MetadataQuorum } from "../controller/quorum/metadata_quorum.ts";
import type { QuorumOptions } from "../controller/quorum/options.ts";
import type { Address } from "../platform/network.ts";

export class QuorumMember {
  /** Null on a node without the controller role. */
  readonly controller: Controller | null;
  readonly quorum: MetadataQuorum;
  readonly #ownAddress: Address | null;
  readonly #nodeId: number;

  private constructor(
    parts: { readonly controller: Controller | null; readonly quorum: MetadataQuorum },
    own: { readonly nodeId: number; readonly address: Address | null },
  ) {
    this.controller = parts.controller;
    this.quorum = parts.quorum;
    this.#ownAddress = own.address;
    this.#nodeId = own.nodeId;
  }

  /** Opens the metadata log; `ownAddress` is where this node's broker reaches this node's controller. */
  static async open(options: QuorumOptions, ownAddress: Address | null): Promise<QuorumMember> {
    const own = { nodeId: options.meta.nodeId, address: ownAddress };
    if (!options.canBeVoter) {
      return new QuorumMember({ controller: null, quorum: await MetadataQuorum.open(options) }, own);
    }
    const controller = await Controller.open(options);
    return new QuorumMember({ controller, quorum: controller.quorum }, own);
  }

  /** Where the active controller is to be asked, as far as this node knows; null while there is none. */
  get activeAddress(): Address | null {
    // Asking a leader that is not ready yet would only be refused.
    if (this.controller?.isActive === true) return this.#ownAddress;
    const { leaderId } = this.quorum.leadership;
    if (leaderId < 0 || leaderId === this.#nodeId) return null;
    const [endpoint] = this.quorum.leaderEndpoints;
    return endpoint === undefined ? null : { host: endpoint.host, port: endpoint.port };
  }

  /** Calls `listener` whenever {@link activeAddress} may be another one. */
  onLeadership(listener: () => void): void {
    this.quorum.onLeadership(listener);
  }

  onImage(listener: ImageListener): void {
    this.quorum.onImage(listener);
  }

  start(): void {
    if (this.controller !== null) this.controller.start();
    else this.quorum.start();
  }

  /** Hands over what it leads, which may take `timeoutMs`, and closes the metadata log. */
  async shutdown(timeoutMs: number): Promise<void> {
    if (this.controller !== null) await this.controller.shutdown(timeoutMs);
    else await this.quorum.shutdown(timeoutMs);
  }
}
