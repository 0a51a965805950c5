/** ControllerRegistration (70), version 0: a controller tells its endpoints and features (KIP-919). */

import { MetadataVersion } from "../../metadata/features.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { controllerRegistration } from "../../protocol/messages/70_controller_registration.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal, refuse } from "../outcome.ts";

export function controllerRegistrationHandler(controller: ControllerContext): Handler {
  return handler(controllerRegistration, async (request) => {
    const { controllerId, incarnationId, listeners, features } = request;
    const outcome = await controller.write(({ view }) => {
      if (view.metadataVersion < MetadataVersion.V3_7_IV0) {
        const message = "The metadata.version does not know registrations of controllers.";
        return refuse(ErrorCode.UNSUPPORTED_VERSION, message);
      }
      const data = { controllerId, incarnationId, zkMigrationReady: false, endPoints: listeners, features };
      return { records: [{ type: "RegisterControllerRecord", data }], result: null };
    });
    if (isRefusal(outcome)) return { errorCode: outcome.errorCode, errorMessage: outcome.message };
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  });
}
