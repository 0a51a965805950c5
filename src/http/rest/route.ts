/** A route of the REST interface: what it takes, what it gives and the function that does it, in one declaration. */

import type { ProblemStatus } from "./problem.ts";
import type { RestContext } from "./context.ts";
import type { Schema, Shape, ShapeOf } from "./schema.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** What a handler is given: everything read and checked. */
export interface RouteInput<P extends Shape, Q extends Shape, B> {
  readonly params: ShapeOf<P>;
  readonly query: ShapeOf<Q>;
  readonly body: B;
  readonly request: Request;
}

/** An answer: what its schema describes, or one that the handler has made itself. */
export type Reply<R> = Response | { readonly status?: number; readonly body: R };

/** A body that comes in another form than one JSON value: the handler reads it. */
export interface RawBody {
  readonly contentTypes: Readonly<Record<string, Schema<unknown>>>;
}

/** Declares one route. */
export interface RouteDefinition<P extends Shape, Q extends Shape, B, R> {
  readonly method: Method;
  /** With the names of its parameters in braces. */
  readonly path: string;
  /** Its name in clients that are generated from the document. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  /** The JSON that it takes. Left out: nothing. */
  readonly body?: Schema<B>;
  /** Nothing at all stands for an object without fields. */
  readonly isBodyOptional?: boolean;
  readonly rawBody?: RawBody;
  readonly success: {
    readonly status: 200 | 201 | 202 | 204;
    readonly description: string;
    /** The JSON that it gives; left out for a 204 and for streams. */
    readonly schema?: Schema<R>;
    /** Another content type than JSON. */
    readonly contentType?: string;
    /** Other successes, with the same schema. */
    readonly also?: Readonly<Record<number, string>>;
  };
  /** The problems that can be had beside those of every route. */
  readonly problems?: readonly ProblemStatus[];
  handle(input: RouteInput<P, Q, B>, rest: RestContext): Promise<Reply<NoInfer<R>>> | Reply<NoInfer<R>>;
}

/** A route whose types are forgotten: for lists of routes. */
// deno-lint-ignore no-explicit-any -- the types met when the route was declared
export type Route = RouteDefinition<any, any, any, any>;

/** Declares a route: its handler's types follow from its schemas. */
export function route<P extends Shape = Shape, Q extends Shape = Shape, B = undefined, R = unknown>(
  definition: RouteDefinition<P, Q, B, R>,
): Route {
  return definition;
}
