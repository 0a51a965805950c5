/** The REST interface: topics, records, consumer groups and the cluster as resources, described at /openapi.json. */

import { VERSION } from "../../core/version.ts";
import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";
import { RestContext } from "./context.ts";
import { Guard } from "./guard.ts";
import { openApiOf } from "./openapi.ts";
import type { Route } from "./route.ts";
import { quickProduce } from "./records/quick_produce.ts";
import { routes } from "./routes.ts";
import { notFound, otherMethod, RouteServer } from "./serve.ts";

/** Registers the routes of the REST interface. Returns the short way for the one that must be quick. */
export function registerRest(app: App, context: HttpContext): NonNullable<App["quick"]> {
  const rest = new RestContext(context);
  const guard = new Guard({
    hosts: context.config.get("http.allowed.hosts"),
    origins: context.config.get("http.allowed.origins"),
  });
  for (const route of routes) {
    const server = new RouteServer(route, rest, guard);
    app.on(
      route.method,
      honoPath(route),
      (c) => server.answer(c.req.raw, c.req.param() as Record<string, string>),
    );
  }
  for (const [path, group] of Map.groupBy(routes, honoPath)) {
    const allowed = group.map((one) => one.method);
    app.all(path, (c) => otherMethod(c.req.raw, allowed, guard));
  }
  for (const path of ["/topics/*", "/consumer-groups/*", "/cluster/*", "/admin/*"]) {
    app.all(path, (c) => notFound(c.req.raw));
  }
  let document: string | undefined;
  app.get("/openapi.json", () => {
    document ??= JSON.stringify(openApiOf(routes, { version: VERSION }));
    return new Response(document, { headers: { "content-type": "application/json" } });
  });
  return quickProduce(rest, guard);
}

/** The path of a route in the notation of hono. */
function honoPath({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
