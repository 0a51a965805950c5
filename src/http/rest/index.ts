/** The REST interface. */

import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";

/** Registers the routes of the REST interface. */
export function registerRest(_app: App, _context: HttpContext): void {}
