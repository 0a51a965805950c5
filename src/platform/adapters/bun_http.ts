/** HTTP with Bun.serve. */

import type { Http, HttpHandler, HttpServer } from "../http.ts";
import type { Address } from "../network.ts";
import { networkError, plainHost } from "./network_errors.ts";
import { systemTimers } from "./system_time.ts";

/** A server of Bun, as far as it is used. */
interface BunHttp {
  readonly hostname: string;
  readonly port: number;
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  stop(closeConnections?: boolean): Promise<void>;
}

/** The part of the global `Bun` that serves HTTP. */
export interface BunServe {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    /** In seconds; 0 never cuts an answer that streams slowly. */
    readonly idleTimeout: number;
    readonly development: boolean;
    /** True unless told outside of development: two servers then share a port, and one of them is not reached. */
    readonly reusePort: boolean;
    fetch(request: Request, server: BunHttp): Response | Promise<Response>;
    error(error: unknown): Response;
  }): BunHttp;
}

class BunHttpServer implements HttpServer {
  readonly address: Address;
  readonly #server: BunHttp;

  constructor(server: BunHttp) {
    this.address = { host: plainHost(server.hostname), port: server.port };
    this.#server = server;
  }

  async stop(graceMs: number): Promise<void> {
    const timer = systemTimers.after(graceMs, () => void this.#server.stop(true));
    await this.#server.stop();
    timer.cancel();
  }
}

/** HTTP as Bun serves it. */
export function bunHttp(bun: BunServe): Http {
  return {
    // deno-lint-ignore require-await -- what is thrown becomes a rejection
    async serve(address: Address, handler: HttpHandler): Promise<HttpServer> {
      try {
        const server = bun.serve({
          hostname: address.host,
          port: address.port,
          idleTimeout: 0,
          development: false,
          reusePort: false,
          fetch: (request, own) => {
            const remote = own.requestIP(request);
            const host = plainHost(remote?.address ?? "");
            return handler(request, { remote: { host, port: remote?.port ?? 0 } });
          },
          error: () => new Response(null, { status: 500 }),
        });
        return new BunHttpServer(server);
      } catch (error) {
        throw networkError("listen on", address, error);
      }
    },
    fetch: (request) => fetch(request, { redirect: "manual" }),
  };
}
