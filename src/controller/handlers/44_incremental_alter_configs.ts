/** IncrementalAlterConfigs (44), versions 0 and 1: sets, deletes, appends to and subtracts from settings (KIP-339). */

import { applyChanges } from "../../config/alter.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { incrementalAlterConfigs } from "../../protocol/messages/44_incremental_alter_configs.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { alterConfigsOf } from "../config_alteration.ts";
import type { ControllerContext } from "../context.ts";
import { refuse } from "../outcome.ts";

export function incrementalAlterConfigsHandler(controller: ControllerContext): Handler {
  return handler(
    incrementalAlterConfigs,
    (request) =>
      alterConfigsOf(controller, request, ({ configs }, kind, before) => {
        if (new Set(configs.map(({ name }) => name)).size < configs.length) {
          return refuse(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
        }
        const changes = configs.map(({ name, configOperation, value }) => ({
          name,
          operation: configOperation,
          value,
        }));
        const altered = applyChanges(kind, before, changes);
        return altered.ok ? altered.settings : refuse(ErrorCode.INVALID_CONFIG, altered.problem);
      }),
  );
}
