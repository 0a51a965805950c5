/** GetTelemetrySubscriptions (71): which client metrics are wanted. KIP-714. */

import {
  api,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
  uuid,
} from "../schema.ts";

export const getTelemetrySubscriptionsRequest = message("GetTelemetrySubscriptionsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    clientInstanceId: uuid("0+"),
  },
});

export const getTelemetrySubscriptionsResponse = message("GetTelemetrySubscriptionsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    clientInstanceId: uuid("0+"),
    subscriptionId: int32("0+"),
    acceptedCompressionTypes: arrayOf(int8, "0+"),
    pushIntervalMs: int32("0+"),
    telemetryMaxBytes: int32("0+"),
    deltaTemporality: bool("0+"),
    requestedMetrics: arrayOf(string, "0+"),
  },
});

/** API 71. */
export const getTelemetrySubscriptions = api(
  71,
  "GetTelemetrySubscriptions",
  getTelemetrySubscriptionsRequest,
  getTelemetrySubscriptionsResponse,
);

export type GetTelemetrySubscriptionsRequest = Decoded<typeof getTelemetrySubscriptionsRequest>;
/** What a handler answers; defaults may be left out. */
export type GetTelemetrySubscriptionsResponse = Encodable<typeof getTelemetrySubscriptionsResponse>;
