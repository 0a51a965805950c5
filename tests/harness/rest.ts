/** The REST interface of a node in the process of the test, without a socket for HTTP in between. */

import assert from "node:assert/strict";
import { Hono } from "hono";
import { Cluster } from "../../src/client/cluster.ts";
import { BrokerConfig } from "../../src/config/broker_config.ts";
import { silentLogger } from "../../src/core/logger.ts";
import type { App, HttpEnv } from "../../src/http/app.ts";
import type { HttpContext } from "../../src/http/context.ts";
import { registerRest } from "../../src/http/rest/index.ts";
import { denoPlatform } from "../../src/platform/adapters/deno.ts";
import type { Address } from "../../src/platform/network.ts";

type Settings = Parameters<typeof BrokerConfig.of>[0];

/** What a request was answered with. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- whatever the tests expect in it
  readonly body: any;
}

/** How a request differs from the plain one. */
export interface RestRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of a body that is made JSON. */
  readonly text?: string;
}

/** Asks the REST interface. */
export interface Rest {
  readonly app: App;
  request(method: string, path: string, options?: RestRequest): Promise<Response>;
  /** The same, with the answer read as JSON. */
  ask(method: string, path: string, options?: RestRequest): Promise<RestAnswer>;
  /** The body of an answer that must be a success. */
  // deno-lint-ignore no-explicit-any -- whatever the tests expect in it
  done(method: string, path: string, body?: unknown): Promise<any>;
}

/** The REST interface in front of the cluster at `address`; whoever asks for it ends it. */
export function restOf(address: Address, settings: Settings = {}): Rest & Disposable {
  const platform = denoPlatform();
  const stop = new AbortController();
  const cluster = new Cluster({
    ...platform,
    logger: silentLogger,
    bootstrap: [address],
    clientId: "test",
    softwareVersion: "0",
    requestTimeoutMs: 10_000,
    connectTimeoutMs: 3_000,
  });
  const context = {
    ...platform,
    config: BrokerConfig.of(settings),
    logger: silentLogger,
    cluster: () => cluster,
    stopping: stop.signal,
  } as unknown as HttpContext;
  const app: App = new Hono<HttpEnv>();
  app.quick = registerRest(app, context);
  const request = async (method: string, path: string, options: RestRequest = {}) => {
    const { body, text } = options;
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers = {
      host: "127.0.0.1:8080",
      ...(content === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    };
    const init = { method, headers, ...(content === undefined ? {} : { body: content }) };
    return await app.fetch(new Request(`http://127.0.0.1:8080${path}`, init), {
      remote: { host: "127.0.0.1", port: 1 },
    });
  };
  const ask = async (method: string, path: string, options: RestRequest = {}): Promise<RestAnswer> => {
    const { status, headers, ...response } = await readAll(await request(method, path, options));
    return { status, headers, body: response.text === "" ? undefined : JSON.parse(response.text) };
  };
  return {
    app,
    request,
    ask,
    async done(method, path, body) {
      const answer = await ask(method, path, { body });
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    [Symbol.dispose]: () => {
      stop.abort();
      cluster.close();
    },
  };
}

async function readAll(response: Response) {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
