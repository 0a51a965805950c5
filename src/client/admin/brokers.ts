/** Keeps replicas from brokers, and takes brokers out of a cluster. */

import { unregisterBroker as unregisterApi } from "../../protocol/messages/64_unregister_broker.ts";
import type { Cluster } from "../cluster.ts";
import { isConnectionError } from "../errors.ts";
import { callController, type Outcome } from "./call.ts";
import { alterConfigs, brokerConfigValue, ResourceType } from "./configs.ts";

const CORDON = "cordoned.log.dirs";

/** Keeps new replicas from a broker, or lets them come again (KIP-1066). What it has stays. */
export function cordonBroker(cluster: Cluster, brokerId: number, isCordoned: boolean): Promise<Outcome> {
  const change = isCordoned ? { name: CORDON, set: "*" } : { name: CORDON, unset: true as const };
  return alterConfigs(cluster, { type: ResourceType.BROKER, name: String(brokerId) }, [change]);
}

/** Whether a broker takes no new replicas; false when it does not answer. */
export async function isCordoned(cluster: Cluster, brokerId: number): Promise<boolean> {
  try {
    return (await brokerConfigValue(cluster, brokerId, CORDON) ?? "") !== "";
  } catch (error) {
    if (isConnectionError(error)) return false;
    throw error;
  }
}

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
