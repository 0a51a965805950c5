/** The configs of a client metrics subscription (KIP-714). */

import { int, list } from "../definition.ts";

export const clientMetricsConfigs = {
  "interval.ms": int("How often a client pushes its metrics.", 300_000),
  "match": list("Which clients push, as key=pattern pairs on client id, instance, software and address.", []),
  "metrics": list("The prefixes of the names of the metrics that are pushed; * means all.", []),
} as const;
