/** The dashboard. */

import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";

/** Registers the pages of the dashboard. */
export function registerDashboard(_app: App, _context: HttpContext): void {}
