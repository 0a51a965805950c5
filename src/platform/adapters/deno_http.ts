/** HTTP with Deno.serve. */

import type { Http, HttpHandler, HttpRequestInfo, HttpServer } from "../http.ts";
import type { Address } from "../network.ts";
import { networkError, plainHost } from "./network_errors.ts";
import { systemTimers } from "./system_time.ts";

class DenoHttpServer implements HttpServer {
  readonly address: Address;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(server: Deno.HttpServer<Deno.NetAddr>) {
    this.address = { host: plainHost(server.addr.hostname), port: server.addr.port };
    this.#server = server;
  }

  /** Deno cannot cut what is under way once a server shuts down (its signal fails then), so that is left alone. */
  stop(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = systemTimers.after(graceMs, resolve);
      void this.#server.shutdown().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

/** Who sent a request is asked for only when somebody wants to know. */
class DenoRequestInfo implements HttpRequestInfo {
  readonly #info: Deno.ServeHandlerInfo<Deno.NetAddr>;

  constructor(info: Deno.ServeHandlerInfo<Deno.NetAddr>) {
    this.#info = info;
  }

  get remote(): Address {
    const { hostname, port } = this.#info.remoteAddr;
    return { host: plainHost(hostname), port };
  }
}

/** HTTP as Deno serves it. */
export const denoHttp: Http = {
  // deno-lint-ignore require-await -- what is thrown becomes a rejection
  async serve(address: Address, handler: HttpHandler): Promise<HttpServer> {
    try {
      const server = Deno.serve(
        {
          hostname: address.host,
          port: address.port,
          onListen() {},
          onError: () => new Response(null, { status: 500 }),
        },
        (request, info) => handler(request, new DenoRequestInfo(info)),
      );
      return new DenoHttpServer(server);
    } catch (error) {
      throw networkError("listen on", address, error);
    }
  },
  fetch: (request) => fetch(request, { redirect: "manual" }),
};
