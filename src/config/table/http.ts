/** The HTTP server and what it shows. */

import { boolean, int, list, long } from "../definition.ts";

export const httpConfigs = {
  "http.allow.remote": boolean(
    "Whether the HTTP server may listen on an address that other machines reach, although it has no TLS and no login yet.",
    false,
    { acts: true, own: true },
  ),
  "http.allowed.hosts": list(
    "Names under which browsers may reach the HTTP server, beside localhost and addresses; a page of others could make up a name of its own for this one.",
    [],
    { acts: true, own: true },
  ),
  "http.allowed.origins": list(
    "Origins of other web pages that may use the REST interface, such as https://console.example.",
    [],
    { acts: true, own: true },
  ),
  "http.max.body.bytes": long("The largest body of an HTTP request.", 16_777_216, {
    min: 1024,
    acts: true,
    own: true,
  }),
  "http.max.header.bytes": int(
    "The most bytes that the headers of an HTTP request may have together.",
    16_384,
    {
      min: 1024,
      acts: true,
      own: true,
      unit: "bytes",
    },
  ),
  "http.max.requests": int("How many HTTP requests are answered at the same time; more are refused.", 1_024, {
    min: 1,
    acts: true,
    own: true,
  }),
  "metrics.max.partitions": int(
    "How many partitions have metrics of their own, the busiest first; the sums are always of all.",
    2_000,
    { min: 0, acts: true, own: true },
  ),
  "metrics.max.group.partitions": int(
    "How many pairs of a group and a partition have metrics of their own, those that lag most first.",
    5_000,
    { min: 0, acts: true, own: true },
  ),
} as const;
