/** Takes brokers out of a cluster. */

import { unregisterBroker as unregisterApi } from "../../protocol/messages/64_unregister_broker.ts";
import type { Cluster } from "../cluster.ts";
import { callController, type Outcome } from "./call.ts";

/** Makes the cluster forget a broker; one that still runs registers again (KIP-631). */
export async function unregisterBroker(cluster: Cluster, brokerId: number): Promise<Outcome> {
  const { errorCode, errorMessage } = await callController(
    cluster,
    unregisterApi,
    { brokerId },
    (response) => [response.errorCode],
  );
  return { name: String(brokerId), errorCode, errorMessage };
}
