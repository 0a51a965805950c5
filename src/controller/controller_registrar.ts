/** Makes this controller's endpoints and features known in the metadata log (KIP-919). */

import { messageOf } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";
import { MetadataVersion, SUPPORTED_FEATURES } from "../metadata/features.ts";
import { metadataVersionOf } from "../metadata/image.ts";
import { featureRanges } from "../metadata/image_snapshot.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { controllerRegistration } from "../protocol/messages/70_controller_registration.ts";
import type { ControllerContext } from "./context.ts";
import { isRefusal } from "./outcome.ts";
import type { QuorumOptions } from "./quorum/options.ts";

const RETRY_MS = 500;
const PLAINTEXT = 0;

export class ControllerRegistrar {
  readonly #options: QuorumOptions;
  readonly #controller: ControllerContext;
  readonly #incarnationId: Uuid;
  #isBusy = false;
  #isClosed = false;

  constructor(options: QuorumOptions, controller: ControllerContext, incarnationId: Uuid) {
    this.#options = options;
    this.#controller = controller;
    this.#incarnationId = incarnationId;
  }

  /** Registers unless that is done or under way, or nobody leads. */
  check(): void {
    if (this.#isBusy || this.#isClosed || !this.#isNeeded) return;
    this.#isBusy = true;
    void this.#register().finally(() => this.#isBusy = false);
  }

  close(): void {
    this.#isClosed = true;
  }

  get #isNeeded(): boolean {
    const { quorum, meta, isActive } = this.#controller;
    const { image, leadership } = quorum;
    if (image.controllers.get(meta.nodeId)?.incarnationId === this.#incarnationId) return false;
    return isActive || (leadership.leaderId >= 0 && leadership.leaderId !== meta.nodeId);
  }

  async #register(): Promise<void> {
    while (!this.#isClosed && this.#isNeeded) {
      const reason = this.#controller.isActive ? await this.#registerHere() : await this.#registerAtLeader();
      if (reason === null) return;
      this.#options.logger.debug("could not register this controller yet", { reason });
      await this.#options.platform.timers.sleep(RETRY_MS);
    }
  }

  get #registration() {
    return {
      controllerId: this.#options.meta.nodeId,
      incarnationId: this.#incarnationId,
      zkMigrationReady: false,
      listeners: this.#options.endpoints.map((endpoint) => ({ ...endpoint, securityProtocol: PLAINTEXT })),
      features: featureRanges(SUPPORTED_FEATURES),
    };
  }

  /** Null when done, otherwise why not. */
  async #registerHere(): Promise<string | null> {
    const { listeners: endPoints, ...rest } = this.#registration;
    const outcome = await this.#controller.write(({ image }) => ({
      records: metadataVersionOf(image) < MetadataVersion.V3_7_IV0
        ? []
        : [{ type: "RegisterControllerRecord", data: { ...rest, endPoints } }],
      result: null,
    }));
    return isRefusal(outcome) ? outcome.message : null;
  }

  async #registerAtLeader(): Promise<string | null> {
    const { transport, config } = this.#options;
    const timeoutMs = config.get("controller.quorum.request.timeout.ms");
    try {
      const { leaderEndpoints } = this.#controller.quorum;
      const answer = await transport.send(
        leaderEndpoints,
        controllerRegistration,
        this.#registration,
        timeoutMs,
      );
      return answer.errorCode === ErrorCode.NONE ? null : answer.errorMessage ?? String(answer.errorCode);
    } catch (error) {
      return messageOf(error);
    }
  }
}
