/** From a node's configs to what its log manager wants to know. */

import { logConfigOf } from "../broker/log_configs.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { Logger } from "../core/logger.ts";
import type { LogManagerOptions } from "../log/log_manager.ts";
import type { LogEvent } from "../log/log_context.ts";
import type { Platform } from "../platform/platform.ts";

/** Whose logs the controller looks after itself. */
const METADATA_TOPIC = "__cluster_metadata";

export function logManagerOptions(
  node: { readonly platform: Platform; readonly config: BrokerConfig; readonly logger: Logger },
  directories: readonly string[],
): LogManagerOptions {
  const { platform, config, logger } = node;
  // Topics have their own configs once the metadata is replayed; until then the broker's defaults will do.
  const defaults = logConfigOf(config.topic());
  return {
    platform,
    directories,
    configOf: () => defaults,
    isForeign: ({ topic }) => topic === METADATA_TOPIC,
    lock: false,
    report: (event) => reportTo(logger, event),
    producerIdExpirationMs: config.get("producer.id.expiration.ms"),
    checkpointIntervalMs: config.get("log.flush.offset.checkpoint.interval.ms"),
    highWatermarkCheckpointIntervalMs: config.get("replica.high.watermark.checkpoint.interval.ms"),
  };
}

function reportTo(logger: Logger, event: LogEvent): void {
  const fields = { log: event.log, reason: event.message };
  if (event.kind === "offline") logger.error("a log is offline", fields);
  else if (event.kind === "recovered" && event.cutBytes === 0) logger.info("recovered a log", fields);
  else {logger.warn(
      event.kind === "recovered" ? "recovered a log and cut its end" : "rebuilt a file of a log",
      fields,
    );}
}
