/** ControllerRegistration (70): a controller makes its endpoints and features known. KIP-919. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
  uint16,
  uuid,
} from "../schema.ts";

export const controllerRegistrationRequest = message("ControllerRegistrationRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    controllerId: int32("0+"),
    incarnationId: uuid("0+"),
    zkMigrationReady: bool("0+"),
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
  },
});

export const controllerRegistrationResponse = message("ControllerRegistrationResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
  },
});

/** API 70. */
export const controllerRegistration = api(
  70,
  "ControllerRegistration",
  controllerRegistrationRequest,
  controllerRegistrationResponse,
);

export type ControllerRegistrationRequest = Decoded<typeof controllerRegistrationRequest>;
/** What a handler answers; defaults may be left out. */
export type ControllerRegistrationResponse = Encodable<typeof controllerRegistrationResponse>;
