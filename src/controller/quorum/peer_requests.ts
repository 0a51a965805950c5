/** Sends raft's requests to other controllers, as Kafka's messages. */

import { NetworkError } from "../../platform/network.ts";
import type { SendEffect } from "../../raft/effects.ts";
import type { QuorumOptions } from "./options.ts";
import { bootstrapEndpoint, controllerListener } from "./raft_config.ts";
import { askPeer, type PeerResponse } from "./wire.ts";

export class PeerRequests {
  readonly #options: QuorumOptions;

  constructor(options: QuorumOptions) {
    this.#options = options;
  }

  /** Resolves with the response, or null when it is not usable. Rejects with `NetworkError`. */
  ask({ to, endpoints, request }: SendEffect): Promise<PeerResponse | null> {
    const { config, meta, transport } = this.#options;
    const bootstrap = to < 0 ? bootstrapEndpoint(config, to) : undefined;
    const targets = bootstrap === undefined ? endpoints : [bootstrap];
    if (targets.length === 0) {
      return Promise.reject(new NetworkError("unresolved", `reach node ${to}: its address is not known`));
    }
    const timeoutMs = config.get("controller.quorum.request.timeout.ms");
    return askPeer(request, (api, body) => transport.send(targets, api, body, timeoutMs), {
      clusterId: meta.clusterId,
      listenerName: controllerListener(config),
      fetchMaxBytes: config.get("controller.quorum.fetch.max.bytes"),
      snapshotMaxBytes: config.get("controller.quorum.fetch.snapshot.max.bytes"),
    });
  }
}
