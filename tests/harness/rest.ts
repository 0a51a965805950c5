/** The REST interface of a node in the process of the test, asked over HTTP. */

import assert from "node:assert/strict";
import type { Address } from "../../src/platform/network.ts";
import { startNode, type TestNode } from "./node.ts";

/** What a request was answered with. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- whatever the tests expect in it
  readonly body: any;
}

/** How a request differs from the plain one. */
export interface RestRequest {
  /** Is sent as JSON. */
  readonly body?: unknown;
  /** Instead of a body that is made JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Asks a REST interface. */
export class Rest {
  readonly #base: string;

  /** At an address, or at `http://HOST:PORT`. */
  constructor(at: Address | string) {
    this.#base = typeof at === "string" ? at : `http://${at.host}:${at.port}`;
  }

  request(method: string, path: string, options: RestRequest = {}): Promise<Response> {
    const { body, text, signal } = options;
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    return fetch(this.#base + path, {
      method,
      headers: {
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(content === undefined ? {} : { body: content }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The same, with the answer read as JSON. */
  async ask(method: string, path: string, options: RestRequest = {}): Promise<RestAnswer> {
    const response = await this.request(method, path, options);
    const { status, headers } = response;
    const text = await response.text();
    return { status, headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** The body of an answer that must be a success. */
  // deno-lint-ignore no-explicit-any -- whatever the tests expect in it
  async done(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(method, path, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Asks for what must be refused; the problem must be one as RFC 9457 wants it. */
  // deno-lint-ignore no-explicit-any -- whatever the tests expect in it
  async refused(status: number, method: string, path: string, options: RestRequest = {}): Promise<any> {
    const answer = await this.ask(method, path, options);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(answer.body.status, status);
    assert.equal(answer.body.instance, path.split("?")[0]);
    assert.ok(answer.body.detail.length > 0 && answer.body.title.length > 0);
    return answer.body;
  }
}

/** A node whose REST interface is open. */
export interface RestNode extends TestNode {
  readonly rest: Rest;
}

/** Starts a node with HTTP on a free port. */
export async function startRestNode(settings: Parameters<typeof startNode>[0] = {}): Promise<RestNode> {
  const started = await startNode({ "http.listen": "127.0.0.1:0", ...settings });
  return { ...started, rest: new Rest(started.node.httpAddress!) };
}
