/**
 * BrokerRegistration (62): a broker enters the cluster with a new incarnation. KIP-631, KIP-858, KIP-866.
 */

import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
  uint16,
  uuid,
} from "../schema.ts";

export const brokerRegistrationRequest = message("BrokerRegistrationRequest", {
  versions: "0-4",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    clusterId: string("0+"),
    incarnationId: uuid("0+"),
    listeners: array("0+", {
      name: string("0+"),
      host: string("0+"),
      port: uint16("0+"),
      securityProtocol: int16("0+"),
    }),
    features: array("0+", {
      name: string("0+"),
      minSupportedVersion: int16("0+"),
      maxSupportedVersion: int16("0+"),
    }),
    rack: string("0+", { nullable: "0+" }),
    isMigratingZkBroker: bool("1+", { default: false }),
    logDirs: arrayOf(uuid, "2+", { optional: true }),
    previousBrokerEpoch: int64("3+", { default: -1 }),
  },
});

export const brokerRegistrationResponse = message("BrokerRegistrationResponse", {
  versions: "0-4",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    brokerEpoch: int64("0+", { default: -1 }),
  },
});

/** API 62. */
export const brokerRegistration = api(
  62,
  "BrokerRegistration",
  brokerRegistrationRequest,
  brokerRegistrationResponse,
);

export type BrokerRegistrationRequest = Decoded<typeof brokerRegistrationRequest>;
/** What a handler answers; defaults may be left out. */
export type BrokerRegistrationResponse = Encodable<typeof brokerRegistrationResponse>;
