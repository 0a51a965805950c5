/**
 * Keeps web pages of others away from a port that anybody's browser can reach. A page may point its own name at
 * 127.0.0.1 (DNS rebinding), so the Host must be one that we go by; and it may send requests that change things from
 * where it is (CSRF), so their Origin must be ours.
 */

import { Problem } from "./problem.ts";

export interface GuardOptions {
  /** Names we go by beside localhost; addresses need none, because nobody can rebind an address. */
  readonly hosts: readonly string[];
  /** Origins of others whose pages may use the interface, such as `https://console.example`. */
  readonly origins: readonly string[];
}

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Whether a Host header names us. */
export function isOurHost(host: string, { hosts }: Pick<GuardOptions, "hosts">): boolean {
  const name = HOST.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (name.startsWith("[") || IPV4.test(name)) return true;
  const plain = name.endsWith(".") ? name.slice(0, -1) : name;
  if (plain === "localhost" || plain.endsWith(".localhost")) return true;
  return hosts.some((one) => one.toLowerCase() === plain);
}

/** Whether a page of `origin` may ask `host` to change something. */
export function isOurOrigin(
  origin: string,
  host: string,
  { origins }: Pick<GuardOptions, "origins">,
): boolean {
  if (origin === `http://${host}` || origin === `https://${host}`) return true;
  return origins.includes(origin);
}

/** Refuses requests that a page of others may have made. */
export class Guard {
  readonly #options: GuardOptions;
  /** The host that was last found to be ours: nearly always the one of the next request. */
  #lastHost = "";

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** Throws a {@link Problem} for a request that is not to be answered; `host` and `origin` are its headers. */
  check(host: string | null, origin: string | null, isWrite: boolean): void {
    if (host !== this.#lastHost) this.#checkHost(host);
    if (origin === null || !isWrite || isOurOrigin(origin, host ?? "", this.#options)) return;
    throw new Problem(
      403,
      `a page of "${origin}" may not change anything here; http.allowed.origins says whose pages may`,
    );
  }

  /** Whether the host is the one of the last request that passed. */
  isKnown(host: string | null): boolean {
    return host !== null && host === this.#lastHost;
  }

  #checkHost(host: string | null): void {
    if (host === null || !isOurHost(host, this.#options)) {
      throw new Problem(
        421,
        `"${host ?? ""}" is not a name of this node; http.allowed.hosts says which names it goes by`,
      );
    }
    this.#lastHost = host;
  }

  /** The headers that let a page of another origin read the answer, or null when it may not. */
  corsHeaders(origin: string | null): Readonly<Record<string, string>> | null {
    if (origin === null || !this.#options.origins.includes(origin)) return null;
    return { "access-control-allow-origin": origin, vary: "Origin" };
  }
}
