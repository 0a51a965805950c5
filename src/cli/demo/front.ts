/**
 * The one address of a demo cluster's dashboard: it serves the page and the laboratory itself and passes everything
 * else to a node that is well, so that the page outlives every node that is killed before it.
 */

import { Hono } from "hono";
import type { App, HttpEnv } from "../../http/app.ts";
import { registerAssets } from "../../http/dashboard/index.ts";
import type { DemoAction, DemoControl } from "../../http/demo.ts";
import { Guard } from "../../http/rest/guard.ts";
import { Problem, problemResponse } from "../../http/rest/problem.ts";
import { messageOf } from "../../core/errors.ts";
import type { Http } from "../../platform/http.ts";
import type { KeptNode } from "./kept_node.ts";

const actions: readonly DemoAction[] = [
  "fence",
  "unfence",
  "stop",
  "start",
  "restart",
  "kill",
  "isolate",
  "heal",
];

/** Headers that are of one connection, or of the server before. */
const NOT_PASSED = [
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "host",
  "origin",
  "content-length",
];

export class Front {
  readonly app: App = new Hono<HttpEnv>();
  readonly #http: Http;
  readonly #nodes: readonly KeptNode[];
  readonly #guard = new Guard({ hosts: [], origins: [] });
  /** What is under way at each node. */
  readonly #underWay = new Map<KeptNode, Set<AbortController>>();

  constructor(http: Http, nodes: readonly KeptNode[]) {
    this.#http = http;
    this.#nodes = nodes;
  }

  /** Registers everything. Apart from the constructor, because the keeper needs the front as well. */
  serve(control: DemoControl): void {
    this.app.onError((error, { req }) => {
      const problem = error instanceof Problem
        ? error
        : new Problem(503, messageOf(error), { retryAfterS: 1 });
      return problemResponse(problem, req.path);
    });
    this.app.use(async ({ req }, next) => {
      const isWrite = req.method !== "GET" && req.method !== "HEAD";
      this.#guard.check(req.header("host") ?? null, req.header("origin") ?? null, isWrite);
      await next();
    });
    registerAssets(this.app, { demo: true });
    this.app.get("/demo/nodes", (c) => c.json({ nodes: control.nodes() }));
    this.app.post("/demo/nodes/:id/:action", async (c) => {
      const action = actions.find((one) => one === c.req.param("action"));
      if (action === undefined) {
        throw new Problem(404, `"${c.req.param("action")}" is nothing that can be done here`);
      }
      await control.run(Number(c.req.param("id")), action).catch((error) => {
        throw new Problem(409, messageOf(error));
      });
      return c.body(null, 204);
    });
    this.app.all("*", ({ req }) => this.#pass(req.raw));
  }

  /** Ends what is under way at a node, so that whoever waits for it asks another one. */
  abandon(node: KeptNode): void {
    for (const one of this.#underWay.get(node) ?? []) one.abort();
  }

  async #pass(request: Request): Promise<Response> {
    const body = request.body === null ? null : await request.arrayBuffer();
    let reason = "no node is well";
    for (const node of this.#nodes.filter(({ isFit }) => isFit)) {
      try {
        return await this.#passTo(node, request, body);
      } catch (error) {
        reason = messageOf(error);
      }
    }
    throw new Problem(503, `no node of the demo cluster answers: ${reason}`, { retryAfterS: 1 });
  }

  async #passTo(node: KeptNode, request: Request, sent: ArrayBuffer | null): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of NOT_PASSED) headers.delete(name);
    headers.set("accept-encoding", "identity");
    const cut = new AbortController();
    const underWay = this.#underWay.get(node) ?? new Set();
    this.#underWay.set(node, underWay.add(cut));
    const answer = await this.#http.fetch(
      new Request(`http://${node.http.host}:${node.http.port}${pathname}${search}`, {
        method: request.method,
        headers,
        body: sent,
        signal: cut.signal,
      }),
    );
    const answered = new Headers(answer.headers);
    for (const name of NOT_PASSED) answered.delete(name);
    const done = () => {
      underWay.delete(cut);
      cut.abort();
    };
    if (answer.body === null) done();
    const isEvents = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const body = answer.body === null ? null : passedOn(answer.body, { done, isEvents });
    return new Response(body, { status: answer.status, headers: answered });
  }
}

/**
 * The same bytes, and word of their end. Events may end at any time, because a node is killed or left alone: whoever
 * follows them asks again. Anything else that breaks off is an error.
 */
function passedOn(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  { done, isEvents }: { readonly done: () => void; readonly isEvents: boolean },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = from.getReader();
  return new ReadableStream({
    async pull(sink) {
      try {
        const { done: isOver, value } = await reader.read();
        if (!isOver) return sink.enqueue(value);
        sink.close();
      } catch (error) {
        if (isEvents) sink.close();
        else sink.error(error);
      }
      done();
    },
    cancel: done,
  });
}
