/**
 * What the dashboard shows is for pages of this node only: a page of somebody else may point its own name at 127.0.0.1
 * and read from there (DNS rebinding). REST looks after itself; probes and scrapes go by whatever name they like.
 */

import type { App } from "./app.ts";
import type { HttpContext } from "./context.ts";
import { Guard } from "./rest/guard.ts";
import { Problem, problemResponse } from "./rest/problem.ts";

const GUARDED = ["/", "/assets/*", "/dashboard/*", "/live"];

/** Has requests for the dashboard refused that do not call this node by one of its names. */
export function guardPages(app: App, { config }: HttpContext): void {
  const guard = new Guard({
    hosts: config.get("http.allowed.hosts"),
    origins: config.get("http.allowed.origins"),
  });
  for (const path of GUARDED) {
    app.use(path, async (c, next) => {
      try {
        const isWrite = c.req.method !== "GET" && c.req.method !== "HEAD";
        guard.check(c.req.header("host") ?? null, c.req.header("origin") ?? null, isWrite);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return problemResponse(error, c.req.path);
      }
      return await next();
    });
  }
}
