/** The requests of a node, whichever of its servers they came to. */

import type {
  ApiSample,
  ConnectionSample,
  HistogramSample,
  RequestPhase,
} from "../../http/metrics/source.ts";
import { errorInfo } from "../../protocol/error_codes.ts";
import type { Server } from "../../server/server.ts";
import type { ApiStats } from "../../server/stats.ts";

/** One sample for each API that was used. */
export function apiSamples(servers: readonly Server[]): ApiSample[] {
  const byName = new Map<string, ApiSample>();
  for (const { stats } of servers) {
    for (const api of stats.apis()) {
      const sample = sampleOf(api);
      const known = byName.get(sample.name);
      byName.set(sample.name, known === undefined ? sample : sumOf(known, sample));
    }
  }
  return [...byName.values()];
}

export function connectionSample(servers: readonly Server[]): ConnectionSample {
  const sum = { open: 0, opened: 0, refused: 0, protocolErrors: 0 };
  for (const { stats } of servers) {
    sum.open += stats.connectionsOpen;
    sum.opened += stats.connectionsOpened;
    sum.refused += stats.connectionsRefused;
    sum.protocolErrors += stats.protocolErrors;
  }
  return sum;
}

function sampleOf(stats: ApiStats): ApiSample {
  const { api, requests, requestBytes, responseBytes, total } = stats;
  return {
    name: api.name,
    requests,
    requestBytes,
    responseBytes,
    total,
    phases: {
      queue: stats.queue,
      local: stats.local,
      remote: stats.remote,
      response_queue: stats.responseQueue,
      send: stats.send,
    },
    errors: new Map([...stats.errors].map(([code, count]) => [errorInfo(code).name, count])),
  };
}

function sumOf(a: ApiSample, b: ApiSample): ApiSample {
  const errors = new Map(a.errors);
  for (const [name, count] of b.errors) errors.set(name, (errors.get(name) ?? 0) + count);
  const phase = (name: RequestPhase) => sumOfHistograms(a.phases[name], b.phases[name]);
  return {
    name: a.name,
    requests: a.requests + b.requests,
    requestBytes: a.requestBytes + b.requestBytes,
    responseBytes: a.responseBytes + b.responseBytes,
    total: sumOfHistograms(a.total, b.total),
    phases: {
      queue: phase("queue"),
      local: phase("local"),
      remote: phase("remote"),
      response_queue: phase("response_queue"),
      send: phase("send"),
    },
    errors,
  };
}

function sumOfHistograms(a: HistogramSample, b: HistogramSample): HistogramSample {
  const counts = Float64Array.from(a.counts, (count, index) => count + b.counts[index]!);
  return { boundsMs: a.boundsMs, counts, sumMs: a.sumMs + b.sumMs };
}
