/** Asks brokers what the picture needs, one request to each, and is content with those that answer. */

import type { Cluster } from "../../../client/cluster.ts";
import { messageOf } from "../../../core/errors.ts";
import type { Api, Decoded, Encodable } from "../../../protocol/schema.ts";

/** How long a broker may take, connecting included, in milliseconds: the picture does not wait for one that hangs. */
const PATIENCE_MS = 2_000;

/** A broker's answer, or null when there is none. */
export async function askBroker<A extends Api>(
  cluster: Cluster,
  brokerId: number,
  api: A,
  request: Encodable<A["request"]>,
  version?: number,
): Promise<Decoded<A["response"]> | null> {
  const { logger, timers } = cluster.options;
  const late = Promise.withResolvers<null>();
  const timer = timers.after(PATIENCE_MS, () => late.resolve(null));
  const options = { timeoutMs: PATIENCE_MS, ...(version === undefined ? {} : { version }) };
  const answer = cluster.send(brokerId, api, request, options).catch((error) => {
    logger.debug("a broker does not answer the dashboard", {
      brokerId,
      api: api.name,
      reason: messageOf(error),
    });
    return null;
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    timer.cancel();
  }
}
