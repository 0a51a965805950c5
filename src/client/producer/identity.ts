/** Gets an idempotent producer its id and epoch (InitProducerId, KIP-98). */

import { messageOf } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { initProducerId } from "../../protocol/messages/22_init_producer_id.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError, UnreachableError } from "../errors.ts";
import type { ProducerIdentity } from "./queue.ts";

/** Why there is no identity yet. */
export interface IdentityFailure {
  readonly reason: Error;
  /** Whether asking again will not help. */
  readonly isFinal: boolean;
}

export class IdentitySource {
  readonly #cluster: Cluster;
  #isWanted: boolean;
  #current: ProducerIdentity | null = null;
  /** How often in a row nobody gave one. */
  failures = 0;

  /** `isWanted` is false for a producer that is not idempotent: it never gets an identity. */
  constructor(cluster: Cluster, isWanted: boolean) {
    this.#cluster = cluster;
    this.#isWanted = isWanted;
  }

  /** Null while there is none. */
  get current(): ProducerIdentity | null {
    return this.#current;
  }

  /** Whether nothing can be sent before an identity is there. */
  get isMissing(): boolean {
    return this.#isWanted;
  }

  /** The identity is used up. */
  renew(): void {
    this.#isWanted = true;
  }

  /** Asks any broker once; null when it gave an identity. */
  async ask(transactionTimeoutMs: number): Promise<IdentityFailure | null> {
    try {
      const request = { transactionalId: null, transactionTimeoutMs };
      const response = await this.#cluster.sendToAny(initProducerId, request);
      if (response.errorCode !== ErrorCode.NONE) {
        throw new BrokerError("get a producer id", response.errorCode);
      }
      this.#current = { id: response.producerId, epoch: response.producerEpoch };
      this.#isWanted = false;
      this.failures = 0;
      return null;
    } catch (error) {
      this.failures++;
      const reason = error instanceof Error ? error : new Error(messageOf(error));
      const mayPass = error instanceof UnreachableError || (error instanceof BrokerError && error.retriable);
      return { reason, isFinal: !mayPass };
    }
  }
}
