/** Where in the dashboard the reader is: the fragment of the address, so that links and the back button work. */

import { signal } from "@preact/signals";

export interface Route {
  /** `#/topics/orders/records` is `["topics", "orders", "records"]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#?\/?/, "").split("?");
  const segments = path.split("/").filter((segment) => segment !== "").map(decode);
  return { path: segments, query: new URLSearchParams(query) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The fragment of a place. */
export function hrefOf(
  path: readonly (string | number)[],
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString();
  return `#/${path.map((segment) => encodeURIComponent(segment)).join("/")}${
    search === "" ? "" : `?${search}`
  }`;
}

export const route = signal<Route>(parseRoute(globalThis.location?.hash ?? ""));

/** Follows the address bar. */
export function followLocation(): void {
  addEventListener("hashchange", () => {
    route.value = parseRoute(location.hash);
  });
}

export function goTo(path: readonly (string | number)[], query: Readonly<Record<string, string>> = {}): void {
  location.hash = hrefOf(path, query);
}
