/** /metrics for Prometheus, and /live for charts that move. */

import { encodeUtf8 } from "../../core/bytes.ts";
import type { App } from "../app.ts";
import type { HttpContext } from "../context.ts";
import { metricsPage } from "./page.ts";
import { contentTypes, formatFor } from "./text.ts";

/** Registers the routes of what is measured. */
export function registerMetrics(app: App, context: HttpContext): void {
  app.get("/metrics", (c) => {
    const format = formatFor(c.req.header("accept") ?? null);
    const headers = { "content-type": contentTypes[format], "cache-control": "no-store" };
    return new Response(streamOf(metricsPage(context, format)), { headers });
  });
  app.get("/live", async (c) => {
    c.header("cache-control", "no-store");
    return c.json(await context.live());
  });
}

/** The next piece is made when the last one was taken. */
function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(encodeUtf8(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
