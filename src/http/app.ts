/** Puts the routes of the HTTP server together. Each part registers its own. */

import { Hono } from "hono";
import type { Address } from "../platform/network.ts";
import type { HttpContext } from "./context.ts";
import { registerDashboard } from "./dashboard/index.ts";
import { registerHealth } from "./health/routes.ts";
import { guardPages } from "./page_guard.ts";
import { registerMetrics } from "./metrics/routes.ts";
import { registerRest } from "./rest/index.ts";

/** What every request brings along besides itself. */
export interface HttpEnv {
  Bindings: {
    /** Who sent the request. */
    readonly remote: Address;
  };
}

/**
 * The routes of a node, and a shorter way for requests that come by the ten thousands: `quick` says null of all that
 * have to go the usual way.
 */
export type App = Hono<HttpEnv> & { quick?: (request: Request) => Promise<Response> | null };

/** All routes, ready to answer; nothing is opened before a request needs it. */
export function createApp(context: HttpContext): App {
  const app: App = new Hono<HttpEnv>();
  registerHealth(app, context);
  guardPages(app, context);
  registerMetrics(app, context);
  app.quick = registerRest(app, context);
  registerDashboard(app, context);
  return app;
}
