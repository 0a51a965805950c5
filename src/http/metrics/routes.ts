/** /metrics and /live. */

import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";

/** Registers the routes of what is measured. */
export function registerMetrics(app: App, context: HttpContext): void {
  app.get("/live", async (c) => c.json(await context.live()));
}
