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
  /** How to end what is under way at each node. */
  readonly #underWay = new Map<KeptNode, Set<() => void>>();

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
    for (const end of this.#underWay.get(node) ?? []) end();
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
    const { signal, end, release } = this.#enter(node);
    const abandoned = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error(`node ${node.id} was abandoned`)));
    });
    abandoned.catch(() => {});
    try {
      const asked = this.#http.fetch(
        new Request(`http://${node.http.host}:${node.http.port}${pathname}${search}`, {
          method: request.method,
          headers,
          body: sent,
          signal,
        }),
      );
      const answer = await Promise.race([asked, abandoned]);
      const answered = new Headers(answer.headers);
      for (const name of NOT_PASSED) answered.delete(name);
      const isEvents = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
      if (answer.body === null) release();
      const body = answer.body === null ? null : passedOn(answer.body, { isEvents, signal, end, release });
      return new Response(body, { status: answer.status, headers: answered });
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Something is under way at a node until it is released or ended. */
  #enter(node: KeptNode): UnderWay {
    const underWay = this.#underWay.get(node) ?? new Set();
    this.#underWay.set(node, underWay);
    const cut = new AbortController();
    const release = () => void underWay.delete(end);
    const end = () => {
      release();
      cut.abort();
    };
    underWay.add(end);
    return { signal: cut.signal, end, release };
  }
}

interface UnderWay {
  readonly signal: AbortSignal;
  /** Ends it. */
  end(): void;
  /** It has ended by itself. */
  release(): void;
}

/**
 * The same bytes until they end. Events may end at any time, because a node is killed or left alone: whoever follows
 * them asks again. Anything else that breaks off is an error. A signal that goes through a request may get lost on its
 * way to the body, so the body hears of it directly.
 */
function passedOn(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  { isEvents, signal, end, release }: UnderWay & { readonly isEvents: boolean },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = from.getReader();
  const leave = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", leave);
  return new ReadableStream({
    async pull(sink) {
      try {
        const { done, value } = await reader.read();
        if (!done) return sink.enqueue(value);
        if (signal.aborted && !isEvents) throw new Error("the node was abandoned");
        sink.close();
      } catch (error) {
        if (isEvents) sink.close();
        else sink.error(error);
      }
      release();
    },
    cancel: () => {
      end();
      leave();
    },
  });
}
