/** From a node's configs to what its log manager wants to know. */

import { logConfigOf, percentOrNull } from "../broker/log_configs.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { Logger } from "../core/logger.ts";
import type { CompactionRunnerSettings } from "../log/compaction/compaction_runner.ts";
import type { LogManager, LogManagerOptions } from "../log/log_manager.ts";
import type { LogEvent } from "../log/log_context.ts";
import type { Platform } from "../platform/platform.ts";

/** Whose logs the controller looks after itself. */
const METADATA_TOPIC = "__cluster_metadata";

export function logManagerOptions(
  node: { readonly platform: Platform; readonly config: BrokerConfig },
  directories: readonly string[],
  reports: LogReports,
): LogManagerOptions {
  const { platform, config } = node;
  // Topics have their own configs once the metadata is replayed; until then the broker's defaults will do.
  const defaults = logConfigOf(config.topic());
  return {
    platform,
    directories,
    configOf: () => defaults,
    isForeign: ({ topic }) => topic === METADATA_TOPIC,
    lock: false,
    report: (event) => reports.take(event),
    producerIdExpirationMs: config.get("producer.id.expiration.ms"),
    checkpointIntervalMs: config.get("log.flush.offset.checkpoint.interval.ms"),
    highWatermarkCheckpointIntervalMs: config.get("replica.high.watermark.checkpoint.interval.ms"),
  };
}

/** Has the logs cleaned from now on: every one of them has the configs of its topic. */
export function startCleaning(logs: LogManager, config: BrokerConfig): void {
  logs.startRetention({
    checkIntervalMs: config.get("log.retention.check.interval.ms"),
    diskPercent: () => percentOrNull(config.get("log.retention.disk.percent")),
  });
  logs.startCompaction(compactionSettings(config));
  config.onChange(() => logs.compaction.settings = compactionSettings(config));
}

function compactionSettings(config: BrokerConfig): CompactionRunnerSettings {
  return {
    isEnabled: config.get("log.cleaner.enable"),
    backoffMs: config.get("log.cleaner.backoff.ms"),
    mapBytes: config.get("log.cleaner.dedupe.buffer.size"),
    maxLoad: config.get("log.cleaner.io.buffer.load.factor"),
    ioBufferBytes: config.get("log.cleaner.io.buffer.size"),
    maxBytesPerSecond: config.get("log.cleaner.io.max.bytes.per.second"),
  };
}

/** Tells operators what happens to logs: each thing that matters, and all that was well in one line. */
export class LogReports {
  readonly #logger: Logger;
  #recovered = 0;
  #scannedBytes = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  take(event: LogEvent): void {
    const fields = { log: event.log, reason: event.message };
    if (event.kind === "offline") return this.#logger.error("a log is offline", fields);
    if (event.kind === "damaged") return this.#logger.error("a log is damaged", fields);
    if (event.kind === "uncleanable") return this.#logger.warn("a log is not compacted", fields);
    if (event.kind === "compacted") return this.#logger.debug("compacted a log", fields);
    if (event.kind === "rebuilt") return this.#logger.warn("rebuilt a file of a log", fields);
    this.#recovered++;
    this.#scannedBytes += event.scannedBytes;
    if (event.cutBytes === 0) this.#logger.debug("recovered a log", fields);
    else this.#logger.warn("recovered a log and cut its end", fields);
  }

  /** Sums up what opening the logs found, when there was anything to recover. */
  onOpened(): void {
    if (this.#recovered === 0) return;
    const fields = { logs: this.#recovered, verifiedBytes: this.#scannedBytes };
    this.#logger.info("recovered logs after an unclean stop", fields);
  }
}
