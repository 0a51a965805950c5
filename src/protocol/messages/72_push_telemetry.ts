/** PushTelemetry (72): client metrics. KIP-714. */

import {
  api,
  bool,
  bytes,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  uuid,
} from "../schema.ts";

export const pushTelemetryRequest = message("PushTelemetryRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    clientInstanceId: uuid("0+"),
    subscriptionId: int32("0+"),
    terminating: bool("0+"),
    compressionType: int8("0+"),
    metrics: bytes("0+"),
  },
});

export const pushTelemetryResponse = message("PushTelemetryResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
  },
});

/** API 72. */
export const pushTelemetry = api(72, "PushTelemetry", pushTelemetryRequest, pushTelemetryResponse);

export type PushTelemetryRequest = Decoded<typeof pushTelemetryRequest>;
/** What a handler answers; defaults may be left out. */
export type PushTelemetryResponse = Encodable<typeof pushTelemetryResponse>;
