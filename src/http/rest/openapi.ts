/** The OpenAPI 3.1 document of the REST interface, made from its routes. */

import { PROBLEM_TYPE, type ProblemStatus, statusTitles } from "./problem.ts";
import { problemSchema } from "./problem_schema.ts";
import type { Route } from "./route.ts";
import { COMPONENT, type Component, isOptional, type JsonSchema, type Schema, type Shape } from "./schema.ts";

/** Problems that any request may come back with. */
const everywhere: readonly ProblemStatus[] = [400, 403, 421, 429, 500, 503, 504];
/** Problems of requests with a body. */
const withBody: readonly ProblemStatus[] = [413, 415, 422];

const tags = [
  { name: "Topics", description: "Topics, their partitions and configs." },
  { name: "Records", description: "Storing, reading, searching and following records." },
  { name: "Consumer groups", description: "Members, positions and lag." },
  { name: "Cluster", description: "Brokers, the quorum, and moves of partitions." },
];

/** What {@link openApiOf} says about the interface as a whole. */
export interface DocumentInfo {
  readonly version: string;
}

type Tree = { [name: string]: unknown };

/** The document. Equal routes give equal documents, byte for byte. */
export function openApiOf(routes: readonly Route[], info: DocumentInfo): Tree {
  const components = new Map<string, JsonSchema>();
  const paths: Record<string, Tree> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = collect(operationOf(route), components);
  }
  const schemas = [...components].sort(([a], [b]) => a < b ? -1 : 1);
  return {
    openapi: "3.1.1",
    info: {
      title: "Sluice REST interface",
      summary: "Topics, records, consumer groups and the cluster over HTTP.",
      description: "Any node answers any request. Nothing here needs a client of Kafka.",
      version: info.version,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The node that serves this document." }],
    tags,
    paths,
    components: { schemas: Object.fromEntries(schemas) },
  };
}

/** Takes named schemas out of a tree, which refers to them already. */
function collect(value: unknown, components: Map<string, JsonSchema>): unknown {
  if (Array.isArray(value)) return value.map((one) => collect(one, components));
  if (typeof value !== "object" || value === null) return value;
  const component = (value as { [COMPONENT]?: Component })[COMPONENT];
  if (component !== undefined && !components.has(component.name)) {
    components.set(component.name, {});
    components.set(component.name, collect(component.json, components) as JsonSchema);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, collect(one, components)]));
}

function operationOf(route: Route): Tree {
  const { operationId, tag, summary, description, params = {}, query = {} } = route;
  const content = requestContent(route);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: [...parameters(params, "path"), ...parameters(query, "query")],
    ...(content === null ? {} : { requestBody: { required: route.isBodyOptional !== true, content } }),
    responses: responsesOf(route, content !== null),
  };
}

function parameters(shape: Shape, where: "path" | "query"): Tree[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { description, ...json } = schema.json as { description?: string };
    return {
      name,
      in: where,
      required: !isOptional(schema),
      ...(description === undefined ? {} : { description }),
      schema: json,
    };
  });
}

function requestContent({ body, rawBody }: Route): Tree | null {
  if (body !== undefined) return { "application/json": { schema: body.json } };
  if (rawBody === undefined) return null;
  const types = Object.entries(rawBody.contentTypes as Readonly<Record<string, Schema<unknown>>>);
  return Object.fromEntries(types.map(([type, schema]) => [type, { schema: schema.json }]));
}

function responsesOf(route: Route, hasBody: boolean): Tree {
  const { success, problems = [] } = route;
  const content = success.schema === undefined
    ? {}
    : { content: { [success.contentType ?? "application/json"]: { schema: success.schema.json } } };
  const responses: Tree = { [success.status]: { description: success.description, ...content } };
  for (const [status, description] of Object.entries(success.also ?? {})) {
    responses[status] = { description, ...content };
  }
  const all = new Set([...everywhere, ...problems, ...(hasBody ? withBody : [])]);
  for (const status of [...all].sort((a, b) => a - b)) {
    responses[status] = {
      description: statusTitles[status],
      content: { [PROBLEM_TYPE]: { schema: problemSchema.json } },
    };
  }
  return responses;
}
