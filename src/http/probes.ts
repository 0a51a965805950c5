/**
 * Health and metrics without the rest: they are asked for every few seconds from the start on, and must not cost a
 * node that has no other guests what REST and the dashboard take to load.
 */

import { Hono } from "hono";
import type { App, HttpEnv } from "./app.ts";
import type { HttpContext } from "./context.ts";
import { registerHealth } from "./health/routes.ts";
import { registerMetrics } from "./metrics/routes.ts";

/** The routes of health and metrics. */
export function createProbes(context: HttpContext): App {
  const app: App = new Hono<HttpEnv>();
  registerHealth(app, context);
  registerMetrics(app, context);
  return app;
}
