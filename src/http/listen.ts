/** Where the HTTP server listens. */

import type { BrokerConfig } from "../config/broker_config.ts";
import { UsageError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Http, HttpHandler, HttpServer } from "../platform/http.ts";
import { type Address, NetworkError } from "../platform/network.ts";

/** Parses `http.listen`; null when there shall be no server. Throws `UsageError`. */
export function httpAddress(config: BrokerConfig): Address | null {
  const text = config.get("http.listen").trim();
  if (text === "" || text.toLowerCase() === "off") return null;
  const match = /^(\[[0-9A-Fa-f:.%a-z]+\]|[^:[\]/\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new UsageError(`http.listen: "${text}" is not an address; wanted HOST:PORT or off`);
  }
  const address = { host: match[1]!.replace(/^\[|\]$/g, ""), port };
  if (!isLoopback(address.host) && !config.get("http.allow.remote")) {
    throw new UsageError(
      `http.listen: other machines reach "${text}", and the HTTP server has no TLS and no login yet; ` +
        "wanted an address such as 127.0.0.1:8080, or http.allow.remote=true as well",
    );
  }
  return address;
}

/** Whether only this machine reaches an address. Other names than localhost may lead anywhere. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Listens. When nobody chose the address and its port is taken, any free port will do: a second broker on a machine
 * must not fail for a page that nobody asked for.
 */
export async function listenHttp(
  http: Http,
  at: { readonly address: Address; readonly isChosen: boolean },
  handler: HttpHandler,
  logger: Logger,
): Promise<HttpServer> {
  const { address, isChosen } = at;
  try {
    return await http.serve(address, handler);
  } catch (error) {
    if (isChosen || !(error instanceof NetworkError) || error.code !== "address-in-use") throw error;
    const server = await http.serve({ host: address.host, port: 0 }, handler);
    logger.info("the port for HTTP is taken, so another one is used", {
      taken: address.port,
      port: server.address.port,
    });
    return server;
  }
}
