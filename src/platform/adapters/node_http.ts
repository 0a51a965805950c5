/** HTTP over node:http, for Node: requests and responses of the Fetch standard on top of Node's own. */

import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { formatAddress } from "../address.ts";
import type { Http, HttpHandler, HttpServer } from "../http.ts";
import type { Address } from "../network.ts";
import { networkError, plainHost } from "./network_errors.ts";
import { systemTimers } from "./system_time.ts";

class NodeHttpServer implements HttpServer {
  readonly address: Address;
  readonly #server: http.Server;

  constructor(server: http.Server) {
    const { address, port } = server.address() as AddressInfo;
    this.address = { host: plainHost(address), port };
    this.#server = server;
  }

  async stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = systemTimers.after(graceMs, () => this.#server.closeAllConnections());
    await closed;
    timer.cancel();
  }
}

function requestOf(message: http.IncomingMessage, at: Address, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const url = new URL(message.url ?? "/", `http://${headers.get("host") ?? formatAddress(at)}`);
  const method = message.method ?? "GET";
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, body, signal, duplex: "half" } as RequestInit);
}

async function send(response: Response, target: http.ServerResponse): Promise<void> {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  target.writeHead(response.status, headers);
  if (response.body === null || target.req.method === "HEAD") return void target.end();
  const reader = response.body.getReader();
  target.on("close", () => void reader.cancel().catch(() => {}));
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (target.destroyed) return;
    if (!target.write(part.value)) await drained(target);
  }
  target.end();
}

function drained(target: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      target.off("drain", done).off("close", done);
      resolve();
    };
    target.on("drain", done).on("close", done);
  });
}

async function answer(
  handler: HttpHandler,
  at: Address,
  message: http.IncomingMessage,
  target: http.ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  target.on("close", () => gone.abort());
  const { remoteAddress, remotePort } = message.socket;
  try {
    const request = requestOf(message, at, gone.signal);
    const remote = { host: plainHost(remoteAddress ?? ""), port: remotePort ?? 0 };
    await send(await handler(request, { remote }), target);
  } catch {
    if (!target.headersSent) target.writeHead(500);
    target.end();
  }
}

/** HTTP as Node serves it. */
export const nodeHttp: Http = {
  serve(address: Address, handler: HttpHandler): Promise<HttpServer> {
    const server = http.createServer((message, target) => void answer(handler, address, message, target));
    return new Promise((resolve, reject) => {
      server.once("error", (error) => reject(networkError("listen on", address, error)));
      server.listen(address.port, address.host, () => resolve(new NodeHttpServer(server)));
    });
  },
  fetch: (request) => fetch(request, { redirect: "manual" }),
};
