/** The dashboard: a page at `/`, the files that it names, and the events that it shows. */

import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";
import { assetResponse, pageResponse } from "./assets.ts";
import type { Session } from "./picture.ts";
import { Watch } from "./watch.ts";

/** Registers the pages of the dashboard. */
export function registerDashboard(app: App, context: HttpContext): void {
  const watch = new Watch(context);
  registerAssets(app, { demo: context.demo !== null });
  app.get("/dashboard/events", () => {
    const events = watch.open();
    if (events === null) return new Response("Too many pages are open.\n", { status: 503 });
    return new Response(events, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  });
}

/** Registers the page, its files, and what it may show. */
export function registerAssets(app: App, session: Session): void {
  app.get("/", ({ req }) => pageResponse(req.raw));
  app.get("/assets/:name", (c) => assetResponse(c.req.raw, c.req.param("name")) ?? c.notFound());
  app.get("/dashboard/session", (c) => c.json(session));
}
