/** Answers a request with a route: reads and checks what came, calls the handler, and makes problems of errors. */

import { messageOf } from "../../core/errors.ts";
import { contentTypeOf, parseJson } from "./body.ts";
import type { RestContext } from "./context.ts";
import type { Guard } from "./guard.ts";
import { type FieldFault, Problem, problemOf, problemResponse } from "./problem.ts";
import type { Method, Reply, Route } from "./route.ts";
import { InvalidValue, isOptional, type Schema, type Shape } from "./schema.ts";

const JSON_TYPE = "application/json";
const NO_STORE = { "content-type": JSON_TYPE, "cache-control": "no-store" };

/** Whether requests with a method change something. */
export function isWrite(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Answers requests with one route. `params` are the parts of the path, decoded. */
export class RouteServer {
  readonly #route: Route;
  readonly #rest: RestContext;
  readonly #guard: Guard;

  constructor(route: Route, rest: RestContext, guard: Guard) {
    this.#route = route;
    this.#rest = rest;
    this.#guard = guard;
  }

  async answer(request: Request, params: Readonly<Record<string, string>>): Promise<Response> {
    const { headers } = request;
    const origin = headers.get("origin");
    let response: Response;
    try {
      this.#guard.check(headers.get("host"), origin, isWrite(request.method));
      this.#rest.checkServing();
      response = await this.#run(request, params);
    } catch (error) {
      response = problemAnswer(this.#rest, this.#route.operationId, error, request.url);
    }
    const cors = this.#guard.corsHeaders(origin);
    if (cors !== null) {
      for (const [name, value] of Object.entries(cors)) {
        response.headers.set(name, value);
      }
    }
    return response;
  }

  async #run(request: Request, params: Readonly<Record<string, string>>): Promise<Response> {
    const route = this.#route;
    const input = {
      request,
      params: readTexts(route.params ?? {}, params, "path"),
      query: readTexts(route.query ?? {}, queryOf(request.url), "query"),
      body: await this.#readBody(request),
    };
    return responseOf(route, await route.handle(input, this.#rest));
  }

  async #readBody(request: Request): Promise<unknown> {
    const { body, rawBody, method } = this.#route;
    if (method === "GET" || method === "DELETE" || rawBody !== undefined) return undefined;
    const type = contentTypeOf(request);
    // A page of others can send text/plain and forms without asking; it cannot send JSON (CORS).
    if (type !== JSON_TYPE) {
      throw new Problem(415, `"${type}" is not what this takes; wanted ${JSON_TYPE}`, {
        headers: { accept: JSON_TYPE },
      });
    }
    const { bodies, limits } = this.#rest;
    const text = await bodies.read(request, limits.maxBodyBytes);
    if (body === undefined) return undefined;
    return readValue(body, text === "" && this.#route.isBodyOptional === true ? {} : parseJson(text));
  }
}

/** The answer to a request that failed; the log hears of what is our fault. */
export function problemAnswer(rest: RestContext, operation: string, error: unknown, url: string): Response {
  const problem = problemOf(error);
  if (problem.status === 500) {
    const stack = error instanceof Error ? error.stack : undefined;
    rest.http.logger.error("a REST request failed", { operation, error: messageOf(error), stack });
  }
  return problemResponse(problem, pathOf(url));
}

/** The value of a body. Throws a {@link Problem} that says what is wrong where. */
export function readValue<T>(schema: Schema<T>, value: unknown): T {
  try {
    return schema.read(value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    const fault = { at: error.pointer, detail: error.message };
    throw new Problem(422, `the body is not as it must be: ${fault.at || "it"} ${fault.detail}`, {
      faults: [fault],
    });
  }
}

/** The path of a URL, as it was sent. */
export function pathOf(url: string): string {
  const from = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", from);
  return from < 0 ? "/" : url.slice(from, end < 0 ? undefined : end);
}

function queryOf(url: string): Readonly<Record<string, string>> {
  const at = url.indexOf("?");
  if (at < 0) return {};
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    if (name in found) throw new Problem(400, `the parameter "${name}" is there twice`);
    found[name] = value;
  }
  return found;
}

function readTexts(
  shape: Shape,
  texts: Readonly<Record<string, string>>,
  where: "path" | "query",
): Record<string, unknown> {
  const faults: FieldFault[] = [];
  const result: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    try {
      const text = texts[name];
      result[name] = text === undefined ? missing(schema) : schema.parse!(text);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      faults.push({ at: name, detail: error.message });
    }
  }
  for (const name of Object.keys(texts)) {
    if (!Object.hasOwn(shape, name)) faults.push({ at: name, detail: `there is no such ${where} parameter` });
  }
  if (faults.length > 0) {
    const [first] = faults;
    throw new Problem(400, `the ${where} parameter "${first!.at}": ${first!.detail}`, { faults });
  }
  return result;
}

function missing(schema: Schema<unknown>): unknown {
  if (!isOptional(schema)) throw new InvalidValue("is missing");
  return schema.read(undefined);
}

function responseOf({ success }: Route, reply: Reply<unknown>): Response {
  if (reply instanceof Response) return reply;
  const status = reply.status ?? success.status;
  if (status === 204) return new Response(null, { status });
  return new Response(JSON.stringify(reply.body), { status, headers: NO_STORE });
}

/** The answer to a method that a path does not have; a browser that asks what a page of others may do is told. */
export function otherMethod(request: Request, allowed: readonly Method[], guard: Guard): Response {
  const cors = request.method === "OPTIONS" ? guard.corsHeaders(request.headers.get("origin")) : null;
  if (cors !== null) {
    const headers = {
      ...cors,
      "access-control-allow-methods": allowed.join(", "),
      "access-control-allow-headers": "content-type, last-event-id",
      "access-control-max-age": "600",
    };
    return new Response(null, { status: 204, headers });
  }
  const detail = `${request.method} does nothing here; wanted ${allowed.join(" or ")}`;
  const problem = new Problem(405, detail, { headers: { allow: allowed.join(", ") } });
  return problemResponse(problem, pathOf(request.url));
}

/** The answer to a path that no route has. */
export function notFound(request: Request): Response {
  const problem = new Problem(404, "there is nothing here; /openapi.json describes what there is");
  return problemResponse(problem, pathOf(request.url));
}
