/** /health, /health/live and /health/ready: for people, and for the probes of Kubernetes as they are. */

import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";

/** Registers the health routes. */
export function registerHealth(app: App, { health, node }: HttpContext): void {
  app.get("/health/live", (c) => c.json({ status: "up" }));
  app.get("/health/ready", (c) => {
    const missing = health.checks().filter((one) => one.isNeededForReady && one.status === "down");
    const body = { status: missing.length === 0 ? "up" : "down", checks: missing };
    return c.json(body, missing.length === 0 ? 200 : 503);
  });
  app.get("/health", (c) => {
    const checks = health.checks();
    const isUp = checks.every((one) => one.status === "up");
    const body = { status: isUp ? "up" : "down", nodeId: node.id, version: node.version, checks };
    return c.json(body, isUp ? 200 : 503);
  });
}
