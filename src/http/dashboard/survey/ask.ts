/** Asks brokers what the picture needs, one request to each, and is content with those that answer. */

import type { Cluster } from "../../../client/cluster.ts";
import { messageOf } from "../../../core/errors.ts";
import type { Api, Decoded, Encodable } from "../../../protocol/schema.ts";

/** How long a broker may take: the picture does not wait for one that hangs, in milliseconds. */
const PATIENCE_MS = 2_000;

/** A broker's answer, or null when there is none. */
export async function askBroker<A extends Api>(
  cluster: Cluster,
  brokerId: number,
  api: A,
  request: Encodable<A["request"]>,
  version?: number,
): Promise<Decoded<A["response"]> | null> {
  try {
    const options = { timeoutMs: PATIENCE_MS, ...(version === undefined ? {} : { version }) };
    return await cluster.send(brokerId, api, request, options);
  } catch (error) {
    const { logger } = cluster.options;
    logger.debug("a broker does not answer the dashboard", {
      brokerId,
      api: api.name,
      reason: messageOf(error),
    });
    return null;
  }
}
