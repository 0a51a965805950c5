/** The files of the page, compressed once, with what browsers need to keep them and to trust nothing else. */

import { createHash } from "node:crypto";
import { constants, gzipSync } from "node:zlib";
import { bundle } from "./bundle.ts";

const PAGE = "index.html";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Nothing but what this server sends: no other host, nothing inline, no frame around it. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const guards = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

interface Asset {
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly type: string;
}

const prepared = new Map<string, Asset>();

function assetOf(name: string): Asset | null {
  const known = prepared.get(name);
  if (known !== undefined) return known;
  const text = Object.hasOwn(bundle, name) ? bundle[name] : undefined;
  if (text === undefined) return null;
  const plain = new TextEncoder().encode(text);
  const asset: Asset = {
    plain,
    gzipped: new Uint8Array(gzipSync(plain, { level: constants.Z_BEST_COMPRESSION })),
    etag: `"${createHash("sha256").update(plain).digest("hex").slice(0, 20)}"`,
    type: types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
  };
  prepared.set(name, asset);
  return asset;
}

/** The page itself. Browsers ask each time whether it has changed. */
export function pageResponse(request: Request): Response {
  return respond(request, assetOf(PAGE)!, "no-cache");
}

/** A file that the page names; null when there is no such file. Its name changes with its contents. */
export function assetResponse(request: Request, name: string): Response | null {
  const asset = name === PAGE ? null : assetOf(name);
  return asset === null ? null : respond(request, asset, "public, max-age=31536000, immutable");
}

function respond(request: Request, { plain, gzipped, etag, type }: Asset, caching: string): Response {
  const headers = { ...guards, "cache-control": caching, etag, vary: "accept-encoding" };
  if (request.headers.get("if-none-match")?.includes(etag)) {
    return new Response(null, { status: 304, headers });
  }
  const takesGzip = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  return new Response(takesGzip ? gzipped : plain, {
    headers: { ...headers, "content-type": type, ...(takesGzip ? { "content-encoding": "gzip" } : {}) },
  });
}
