/**
 * BrokerHeartbeat (63): a broker's lease; asks to be unfenced or to shut down. KIP-631, KIP-858, KIP-1066.
 */

import {
  api,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  uuid,
} from "../schema.ts";

export const brokerHeartbeatRequest = message("BrokerHeartbeatRequest", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+", { default: -1 }),
    currentMetadataOffset: int64("0+"),
    wantFence: bool("0+"),
    wantShutDown: bool("0+"),
    offlineLogDirs: arrayOf(uuid, "1+", { optional: true, tag: 0 }),
    cordonedLogDirs: arrayOf(uuid, "2+", { nullable: "2+", default: null, tag: 1 }),
  },
});

export const brokerHeartbeatResponse = message("BrokerHeartbeatResponse", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    isCaughtUp: bool("0+", { default: false }),
    isFenced: bool("0+", { default: true }),
    shouldShutDown: bool("0+"),
  },
});

/** API 63. */
export const brokerHeartbeat = api(63, "BrokerHeartbeat", brokerHeartbeatRequest, brokerHeartbeatResponse);

export type BrokerHeartbeatRequest = Decoded<typeof brokerHeartbeatRequest>;
/** What a handler answers; defaults may be left out. */
export type BrokerHeartbeatResponse = Encodable<typeof brokerHeartbeatResponse>;
