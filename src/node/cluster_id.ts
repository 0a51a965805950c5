/**
 * The id of a cluster that starts from a list of controllers. All its nodes start at the same time and none of them
 * can ask another, so each computes it from the list that all have been given.
 */

import { createHash } from "node:crypto";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { Uuid } from "../core/ids.ts";
import { uuidFromRandom } from "../core/uuid.ts";

/** The id that follows from the named controllers; undefined when none are. */
export function clusterIdOfVoters(config: BrokerConfig): Uuid | undefined {
  const voters = [...config.get("controller.quorum.voters")].sort().join();
  if (voters === "") return undefined;
  let attempt = 0;
  return uuidFromRandom((length) => {
    const digest = createHash("sha256").update(`${attempt++}:${voters}`).digest();
    return new Uint8Array(digest.subarray(0, length));
  });
}
