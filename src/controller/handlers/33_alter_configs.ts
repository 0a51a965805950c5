/**
 * AlterConfigs (33), versions 0 to 2: replaces everything that is set for each resource (KIP-133). Brokers answer for
 * their own log levels (resource type BROKER_LOGGER) themselves.
 */

import { alterConfigs } from "../../protocol/messages/33_alter_configs.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { alterConfigsOf } from "../config_alteration.ts";
import type { ControllerContext } from "../context.ts";

export function alterConfigsHandler(controller: ControllerContext): Handler {
  return handler(
    alterConfigs,
    (request) =>
      alterConfigsOf(
        controller,
        request,
        ({ configs }) => new Map(configs.map(({ name, value }) => [name, value])),
      ),
  );
}
