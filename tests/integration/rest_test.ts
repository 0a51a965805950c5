/** Every route of the REST interface against a real node, over HTTP. Answers must be as the OpenAPI document says. */

import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { routes } from "../../src/http/rest/routes.ts";
import { openApiOf } from "../../src/http/rest/openapi.ts";
import type { Route } from "../../src/http/rest/route.ts";
import { temporaryDirectory } from "../harness/broker.ts";
import { becomes } from "../harness/eventually.ts";
import { Rest, type RestNode, startRestNode } from "../harness/rest.ts";

let node: RestNode;
Deno.test.beforeAll(async () => {
  node = await startRestNode({ "offsets.topic.num.partitions": "1", "message.max.bytes": "100000" });
});
Deno.test.afterAll(async () => await node[Symbol.asyncDispose]());

// deno-lint-ignore no-explicit-any -- a document of a standard, looked at from outside
const document: any = JSON.parse(JSON.stringify(openApiOf(routes, { version: "1" })));
const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({
  $id: "rest",
  components: document.components,
});
const validators = new Map<Route, ValidateFunction>();

/** Checks that the document describes an answer. */
function checkAnswer(method: string, path: string, body: unknown): void {
  const [plain] = path.split("?");
  const route = routes.find((one) =>
    one.method === method && new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(plain!)
  )!;
  if (route.success.schema === undefined) return assert.equal(body, undefined);
  let validate = validators.get(route);
  if (validate === undefined) {
    const responses = document.paths[route.path][method.toLowerCase()].responses;
    const schema = responses[route.success.status].content["application/json"].schema;
    const text = JSON.stringify(schema).replaceAll("#/components", "rest#/components");
    validate = ajv.compile(JSON.parse(text));
    validators.set(route, validate);
  }
  assert.ok(validate(body), `${method} ${path}: ${JSON.stringify(validate.errors)}`);
}

/** Asks for what must succeed, and checks the answer against the document. */
// deno-lint-ignore no-explicit-any -- whatever the tests expect in it
async function done(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await node.rest.done(method, path, body);
  checkAnswer(method, path, answer);
  return answer;
}

let topics = 0;

async function newTopic(options: object = {}): Promise<string> {
  const name = `topic-${++topics}`;
  await done("POST", `/topics/${name}`, options);
  return name;
}

Deno.test("a topic is created, described, changed and deleted", async () => {
  const created = await done("POST", "/topics/orders", {
    partitions: 2,
    configs: { "retention.ms": 60_000 },
  });
  assert.deepEqual(created, { name: "orders", partitions: 2, replicationFactor: 1 });
  const { topics } = await done("GET", "/topics");
  assert.ok(topics.some((one: { name: string }) => one.name === "orders"));
  await done("PATCH", "/topics/orders", {
    partitions: 3,
    configs: { "cleanup.policy": "compact", "retention.ms": null },
  });
  const described = await done("GET", "/topics/orders");
  assert.equal(described.partitions.length, 3);
  const own = described.configs.filter((one: { source: string }) => one.source === "topic");
  assert.deepEqual(own.map((one: { name: string; value: string }) => [one.name, one.value]), [[
    "cleanup.policy",
    "compact",
  ]]);
  await done("DELETE", "/topics/orders");
  await node.rest.refused(404, "GET", "/topics/orders");
});

Deno.test("what cannot be done to topics is refused with Kafka's reason", async () => {
  const topic = await newTopic();
  const { rest } = node;
  const exists = await rest.refused(409, "POST", `/topics/${topic}`, { body: {} });
  assert.equal(exists.error, "TOPIC_ALREADY_EXISTS");
  await rest.refused(422, "POST", "/topics/t2", { body: { replicationFactor: 3 } });
  await rest.refused(422, "POST", "/topics/t2", { body: { configs: { nope: "1" } } });
  await rest.refused(422, "POST", "/topics/t2", { body: { configs: { "retention.ms": "soon" } } });
  await rest.refused(400, "POST", "/topics/a%20b", { body: {} });
  await rest.refused(422, "PATCH", `/topics/${topic}`, { body: {} });
  await rest.refused(422, "PATCH", `/topics/${topic}`, { body: { partitions: 1 } });
  await rest.refused(404, "PATCH", "/topics/missing", { body: { partitions: 5 } });
  await rest.refused(404, "DELETE", "/topics/missing");
  await done("POST", `/consumer-groups/any/topics/${topic}/partitions/0/commit`, { offset: 0 });
  await rest.refused(403, "DELETE", "/topics/__consumer_offsets");
  await rest.refused(422, "POST", "/topics/__consumer_offsets/produce", { body: { key: "a", value: 1 } });
  const validated = await rest.ask("POST", "/topics/only-asked", { body: { validateOnly: true } });
  assert.equal(validated.status, 200);
  await rest.refused(404, "GET", "/topics/only-asked");
});

Deno.test("a record is stored and read again as it was", async () => {
  const topic = await newTopic({ partitions: 3 });
  const sent = {
    key: "k",
    value: { amount: 12.5, tags: ["a"] },
    headers: [{ key: "trace", value: "7" }, { key: "trace", valueBase64: "/w==" }],
    timestamp: 1_700_000_000_000,
    partition: 1,
  };
  const stored = await done("POST", `/topics/${topic}/produce`, sent);
  assert.deepEqual(stored, { topic, partition: 1, offset: 0, timestamp: 1_700_000_000_000 });
  const { records, nextOffset } = await done("GET", `/topics/${topic}/partitions/1/consume?format=json`);
  assert.equal(nextOffset, 1);
  assert.deepEqual(records, [{ ...sent, topic, offset: 0 }]);
  const raw = await done("GET", `/topics/${topic}/partitions/1/consume?format=base64`);
  assert.equal(atob(raw.records[0].valueBase64), JSON.stringify(sent.value));
});

Deno.test("every way to send one record gives the same answer", async () => {
  const topic = await newTopic();
  const { rest } = node;
  const path = `/topics/${topic}/produce`;
  const text = `{"value": "v", "timestamp": 5}`;
  const ways = [
    await rest.ask("POST", path, { text }),
    await rest.ask("POST", `${path}?acks=all`, { text }),
    await rest.ask("POST", path, { text, headers: { "content-type": "application/json; charset=utf-8" } }),
    await rest.ask("POST", path, { text: text + " ".repeat(40_000) }),
    await rest.ask("POST", `${path}?acks=1`, { text }),
  ];
  ways.forEach(({ status, body }, offset) => {
    assert.equal(status, 200);
    assert.deepEqual(body, { topic, partition: 0, offset, timestamp: 5 });
  });
  const unheard = await rest.ask("POST", `${path}?acks=0`, { text });
  assert.equal(unheard.body.offset, null);
});

Deno.test("many records keep their order, as JSON and as lines", async () => {
  const topic = await newTopic();
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  const many = await done("POST", `/topics/${topic}/produce`, {
    records: numbers.map((value) => ({ value })),
  });
  assert.equal(many.stored, 500);
  assert.deepEqual(many.records.map((one: { offset: number }) => one.offset), numbers);
  const lines = numbers.map((value) => JSON.stringify({ value: value + 500 })).join("\n");
  const answer = await node.rest.ask("POST", `/topics/${topic}/produce`, {
    text: `${lines}\n`,
    headers: { "content-type": "application/x-ndjson" },
  });
  assert.equal(answer.body.stored, 500);
  let offset = 0;
  const values: number[] = [];
  while (offset < 1000) {
    const page = await done(
      "GET",
      `/topics/${topic}/partitions/0/consume?offset=${offset}&limit=300&format=json`,
    );
    values.push(...page.records.map((one: { value: number }) => one.value));
    assert.ok(page.nextOffset > offset);
    offset = page.nextOffset;
  }
  assert.deepEqual(values, Array.from({ length: 1000 }, (_, index) => index));
});

Deno.test("of many records, those that are wrong fail alone", async () => {
  const topic = await newTopic({ configs: { "cleanup.policy": "compact" } });
  const records = Array.from(
    { length: 20 },
    (_, index) => index % 7 === 3 ? { value: index } : { key: "k", value: index },
  );
  const answer = await node.rest.ask("POST", `/topics/${topic}/produce`, { body: { records } });
  assert.equal(answer.status, 207);
  checkAnswer("POST", `/topics/${topic}/produce`, answer.body);
  const failed = answer.body.records.flatMap((one: { problem?: { error: string } }, index: number) =>
    one.problem === undefined ? [] : [`${index} ${one.problem.error}`]
  );
  assert.deepEqual(failed, ["3 INVALID_RECORD", "10 INVALID_RECORD", "17 INVALID_RECORD"]);
  assert.equal(answer.body.stored, 17);
  const { endOffset } = await done("GET", `/topics/${topic}/partitions/0`);
  assert.equal(endOffset, 17);
});

Deno.test("a wrong record of one client does not take along those of others that come at the same time", async () => {
  const topic = await newTopic({ configs: { "cleanup.policy": "compact" } });
  const path = `/topics/${topic}/produce`;
  const answers = await Promise.all(
    Array.from(
      { length: 60 },
      (_, index) =>
        node.rest.ask("POST", path, {
          body: index % 10 === 0 ? { value: index } : { key: `k${index}`, value: index },
        }),
    ),
  );
  answers.forEach(({ status }, index) =>
    assert.equal(status, index % 10 === 0 ? 422 : 200, `record ${index}`)
  );
});

Deno.test("records that come at the same time each have their own offset", async () => {
  const topic = await newTopic({ partitions: 2 });
  const answers = await Promise.all(
    Array.from(
      { length: 300 },
      (_, index) =>
        node.rest.ask("POST", `/topics/${topic}/produce`, { body: { value: index, partition: index % 2 } }),
    ),
  );
  for (const partition of [0, 1]) {
    const offsets = answers.filter(({ body }) => body.partition === partition).map(({ body }) => body.offset);
    assert.deepEqual(offsets.sort((a, b) => a - b), Array.from({ length: 150 }, (_, index) => index));
    const { records } = await done(
      "GET",
      `/topics/${topic}/partitions/${partition}/consume?limit=500&format=json`,
    );
    for (const { offset, value } of records) {
      assert.equal(answers[value]!.body.offset, offset);
    }
  }
});

Deno.test("bodies that are no records are refused, and say where", async () => {
  const topic = await newTopic();
  const path = `/topics/${topic}/produce`;
  const { rest } = node;
  await rest.refused(400, "POST", path, { text: "{" });
  await rest.refused(400, "POST", path, { text: "" });
  await rest.refused(422, "POST", path, { text: "[]" });
  await rest.refused(415, "POST", path, { text: "{}", headers: { "content-type": "text/plain" } });
  await rest.refused(400, "POST", `${path}?acks=2`, { body: { value: 1 } });
  await rest.refused(400, "POST", `${path}?ack=1`, { body: { value: 1 } });
  await rest.refused(400, "POST", `${path}?acks=1&acks=1`, { body: { value: 1 } });
  const { faults } = await rest.refused(422, "POST", path, {
    body: { records: [{ value: 1 }, { valeu: 1 }] },
  });
  assert.equal(faults[0].at, "/records/1/valeu");
  await rest.refused(422, "POST", path, { body: { records: [] } });
  await rest.refused(422, "POST", path, { body: { value: 1, valueBase64: "AA==" } });
  await rest.refused(422, "POST", path, { body: { valueBase64: "?" } });
  await rest.refused(422, "POST", path, {
    text: `{"value":1}\n{}`,
    headers: { "content-type": "application/x-ndjson" },
  });
  await rest.refused(404, "POST", path, { body: { value: 1, partition: 99 } });
  const tooLarge = await rest.refused(413, "POST", path, { body: { value: "x".repeat(200_000) } });
  assert.equal(tooLarge.error, "MESSAGE_TOO_LARGE");
  const { endOffset } = await done("GET", `/topics/${topic}/partitions/0`);
  assert.equal(endOffset, 0);
});

Deno.test("the short way refuses what the usual way refuses, with the same words", async () => {
  const topic = await newTopic({ configs: { "cleanup.policy": "compact" } });
  const texts = [
    ...["", "{", "[]", "null", "7", "{}", `{"value":1}`, `{"value":1,"x":2}`, `{"value":1,"partition":-1}`],
    ...[
      `{"key":"a","value":1,"partition":5}`,
      `{"records":[]}`,
      `{"records":[{}]}`,
      `{"records":[{"value":1}]}`,
    ],
    ...[
      `{"value":1,"timestamp":1e99}`,
      `{"value":"\\ud800"}`,
      `{"value":1,"headers":3}`,
      `{"valueBase64":"!"}`,
    ],
  ];
  for (const text of texts) {
    const ask = (type: string) =>
      node.rest.ask("POST", `/topics/${topic}/produce`, { text, headers: { "content-type": type } });
    const short = await ask("application/json");
    const usual = await ask("application/json; charset=utf-8");
    assert.deepEqual([short.status, short.body], [usual.status, usual.body], text);
    assert.ok(short.status >= 400 && short.status < 500, text);
  }
});

Deno.test("a topic that was deleted is not there for producers that knew it", async () => {
  const topic = await newTopic();
  await done("POST", `/topics/${topic}/produce`, { value: 1, partition: 0 });
  await done("DELETE", `/topics/${topic}`);
  await node.rest.refused(404, "POST", `/topics/${topic}/produce`, { body: { value: 2 } });
  await done("POST", `/topics/${topic}`, {});
  const again = await done("POST", `/topics/${topic}/produce`, { value: 3 });
  assert.equal(again.offset, 0);
});

Deno.test("reading begins where it is told to", async () => {
  const topic = await newTopic();
  const records = Array.from({ length: 10 }, (_, index) => ({ value: index, timestamp: 1_000_000 + index }));
  await done("POST", `/topics/${topic}/produce`, { records });
  const read = async (offset: string) => {
    const { records } = await done(
      "GET",
      `/topics/${topic}/partitions/0/consume?offset=${encodeURIComponent(offset)}&format=json`,
    );
    return records.map((one: { value: number }) => one.value);
  };
  assert.deepEqual(await read("earliest"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await read("latest"), []);
  assert.deepEqual(await read("7"), [7, 8, 9]);
  assert.deepEqual(await read("-2"), [8, 9]);
  assert.deepEqual(await read("@1000008"), [8, 9]);
  assert.deepEqual(await read("1970-01-01T00:16:40.009Z"), [9]);
  const outside = await node.rest.refused(422, "GET", `/topics/${topic}/partitions/0/consume?offset=11`);
  assert.equal(outside.error, "OFFSET_OUT_OF_RANGE");
  await node.rest.refused(404, "GET", `/topics/${topic}/partitions/1/consume`);
  await node.rest.refused(400, "GET", `/topics/${topic}/partitions/0/consume?limit=0`);
  await node.rest.refused(400, "GET", `/topics/${topic}/partitions/-1/consume`);
});

Deno.test("a read waits for a record, and no longer", async () => {
  const topic = await newTopic();
  const path = `/topics/${topic}/partitions/0/consume?offset=latest&timeout=`;
  const empty = await done("GET", `${path}50`);
  assert.deepEqual(empty.records, []);
  // The end is looked up when the read begins, which may be after the first of these.
  let came = "";
  const waiting = done("GET", `${path}20000`).then(({ records }) => came = records[0].value);
  await becomes(async () => {
    await done("POST", `/topics/${topic}/produce`, { value: "came" });
    return came;
  }, "came");
  await waiting;
});

Deno.test("a search finds what holds all terms, piece by piece", async () => {
  const topic = await newTopic({ partitions: 2 });
  const records = Array.from({ length: 200 }, (_, index) => ({
    key: `order-${index}`,
    value: { state: index % 5 === 0 ? "paid" : "open", index },
    partition: index % 2,
    timestamp: 1_000 + index,
    headers: { source: index % 3 === 0 ? "web" : "app" },
  }));
  await done("POST", `/topics/${topic}/produce`, { records });
  const search = `value=paid&header=source%3Dweb&since=1010&until=1190`;
  const wanted = records.filter((one) =>
    one.value.state === "paid" && one.headers.source === "web" && one.timestamp >= 1010 &&
    one.timestamp < 1190
  ).map((one) => one.key).sort();
  const found: string[] = [];
  let more = "";
  for (let page = 0; page < 100; page++) {
    const answer = await done("GET", `/topics/${topic}/records?${search}&limit=2&scan=30${more}`);
    found.push(...answer.records.map((one: { key: string }) => one.key));
    assert.ok(answer.records.length <= 2 && answer.scanned <= 30);
    if (answer.isDone) break;
    more = `&continuation=${answer.continuation}`;
  }
  assert.deepEqual(found.sort(), wanted);
  const newest = await done("GET", `/topics/${topic}/records?from=-1`);
  assert.deepEqual(newest.records.map((one: { key: string }) => one.key), ["order-198", "order-199"]);
  await node.rest.refused(400, "GET", `/topics/${topic}/records?continuation=x`);
});

/** The events of a stream, until it ends or `enough` says so. */
async function events(
  response: Response,
  enough: (text: string) => boolean = () => false,
): Promise<string[]> {
  let text = "";
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    if (enough(text)) break;
  }
  await reader.cancel();
  return text.split("\n\n").filter((one) => one !== "");
}

Deno.test("a stream tells of records as they come, and goes on after an event", async () => {
  const topic = await newTopic({ partitions: 2 });
  const response = await node.rest.request("GET", `/topics/${topic}/stream?from=earliest&format=json`);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  await done("POST", `/topics/${topic}/produce`, { value: 1, partition: 0 });
  await done("POST", `/topics/${topic}/produce`, { value: 2, partition: 1 });
  const seen = await events(response, (text) => text.split("event: record").length > 2);
  const ids = seen.flatMap((one) => /^id: (.*)$/m.exec(one)?.[1] ?? []);
  assert.equal(ids[0], "0-0,1-0");
  assert.equal(ids.at(-1), "0-1,1-1");
  await done("POST", `/topics/${topic}/produce`, { value: 3, partition: 0 });
  const later = await node.rest.request("GET", `/topics/${topic}/stream?from=earliest&limit=1`, {
    headers: { "last-event-id": ids.at(-1)! },
  });
  const [, record, end] = await events(later);
  assert.match(record!, /event: record\ndata: .*"value":"3"/);
  assert.match(end!, /^event: end/);
});

Deno.test("a stream filters, and ends with the reason when its topic goes", async () => {
  const topic = await newTopic();
  await done("POST", `/topics/${topic}/produce`, {
    records: [{ key: "a", value: 1 }, { key: "b", value: 2 }],
  });
  const filtered = await node.rest.request("GET", `/topics/${topic}/stream?from=earliest&key=b&limit=1`);
  assert.match((await events(filtered))[1]!, /"key":"b"/);
  const ended = await node.rest.request("GET", `/topics/${topic}/stream`);
  await done("DELETE", `/topics/${topic}`);
  assert.match((await events(ended)).at(-1)!, /^event: problem\ndata: .*UNKNOWN_TOPIC/);
  await node.rest.refused(404, "GET", `/topics/${topic}/stream`);
});

Deno.test("there are so many streams and no more, and a reader that leaves makes room", async () => {
  const topic = await newTopic();
  const path = `/topics/${topic}/stream`;
  const leaving = Array.from({ length: 64 }, () => new AbortController());
  // Kept, because an answer that is collected as garbage leaves.
  const open = [];
  for (const { signal } of leaving) open.push(await node.rest.request("GET", path, { signal }));
  const refused = await node.rest.request("GET", path);
  await refused.body!.cancel();
  assert.deepEqual(new Set(open.map((one) => one.status)), new Set([200]));
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  for (const one of leaving) one.abort();
  await becomes(async () => {
    const response = await node.rest.request("GET", path);
    await response.body!.cancel();
    return response.status;
  }, 200);
});

Deno.test("members over HTTP share a group's partitions, commit and leave", async () => {
  const topic = await newTopic({ partitions: 4 });
  const group = "/consumer-groups/shared";
  const first = await done("POST", `${group}/register`, { topics: [topic] });
  assert.deepEqual(first.assigned, [{ topic, partitions: [0, 1, 2, 3] }]);
  const beat = (member: { memberId: string; generationId: number }) =>
    done("POST", `${group}/heartbeat`, { memberId: member.memberId, generationId: member.generationId });
  assert.deepEqual(await beat(first), { rejoin: false });
  const joining = done("POST", `${group}/register`, { topics: [topic] });
  await becomes(async () => (await beat(first)).rejoin, true);
  const again = await done("POST", `${group}/register`, { topics: [topic], memberId: first.memberId });
  const second = await joining;
  assert.equal(again.memberId, first.memberId);
  assert.equal(again.generationId, second.generationId);
  const shared = [again, second].flatMap((one) => one.assigned[0].partitions).sort();
  assert.deepEqual(shared, [0, 1, 2, 3]);

  const [partition] = second.assigned[0].partitions;
  const commit = `${group}/topics/${topic}/partitions/${partition}/commit`;
  const { memberId, generationId } = second;
  await done("POST", commit, { offset: 0, metadata: "here", memberId, generationId });
  const stale = { body: { offset: 0, memberId, generationId: generationId - 1 } };
  assert.equal((await node.rest.refused(409, "POST", commit, stale)).error, "ILLEGAL_GENERATION");
  await node.rest.refused(409, "POST", commit, { body: { offset: 0 } });
  const described = await done("GET", group);
  assert.equal(described.state, "Stable");
  assert.equal(described.members.length, 2);
  const position = described.partitions.find((one: { partition: number }) => one.partition === partition);
  assert.deepEqual([position.committedOffset, position.lag, position.metadata], [0, 0, "here"]);
  await node.rest.refused(409, "DELETE", group);
  await node.rest.refused(409, "POST", `${group}/reset`, { body: { to: "earliest" } });

  for (const one of [again, second]) await done("POST", `${group}/leave`, { memberId: one.memberId });
  await node.rest.refused(409, "POST", `${group}/heartbeat`, { body: { memberId, generationId } });
  const { groups } = await done("GET", "/consumer-groups?state=Empty");
  assert.ok(groups.some((one: { groupId: string }) => one.groupId === "shared"));
  await done("DELETE", group);
  await node.rest.refused(404, "GET", group);
  await node.rest.refused(404, "DELETE", group);
});

Deno.test("positions are committed without members, and reset", async () => {
  const topic = await newTopic();
  await done("POST", `/topics/${topic}/produce`, { records: [1, 2, 3, 4].map((value) => ({ value })) });
  const group = "/consumer-groups/offline";
  await done("POST", `${group}/topics/${topic}/partitions/0/commit`, { offset: 3 });
  assert.equal((await done("GET", group)).lag, 1);
  const planned = await done("POST", `${group}/reset`, { shift: -2, dryRun: true });
  assert.deepEqual(planned.moves, [{
    topic,
    partition: 0,
    before: 3,
    after: 1,
    startOffset: 0,
    endOffset: 4,
  }]);
  assert.equal((await done("GET", group)).lag, 1);
  await done("POST", `${group}/reset`, { to: "earliest", topics: [{ topic }] });
  assert.equal((await done("GET", group)).lag, 4);
  await done("POST", `${group}/reset`, { shift: 100 });
  assert.equal((await done("GET", group)).lag, 0);
  await node.rest.refused(422, "POST", `${group}/reset`, { body: {} });
  await node.rest.refused(404, "POST", `${group}/reset`, {
    body: { to: "latest", topics: [{ topic: "missing" }] },
  });
  await node.rest.refused(404, "POST", "/consumer-groups/none/reset", { body: { to: "latest" } });
  await node.rest.refused(404, "POST", `${group}/topics/${topic}/partitions/7/commit`, {
    body: { offset: 0 },
  });
});

Deno.test("the cluster at a glance, and nothing to rebalance on one node", async () => {
  const status = await done("GET", "/cluster/status");
  assert.equal(status.clusterId, node.node.clusterId);
  assert.equal(status.quorum.leaderId, node.node.id);
  assert.deepEqual(status.brokers.map((one: { state: string }) => one.state), ["alive"]);
  // Not the address in memory at which the node itself reaches its broker.
  const [{ host, port }] = status.brokers;
  assert.deepEqual({ host, port }, node.address);
  assert.equal(status.totals.offline, 0);
  assert.deepEqual(await done("GET", "/admin/assignment-plan"), { moves: [] });
  const nothing = await node.rest.ask("POST", "/admin/rebalance", { text: "" });
  assert.deepEqual([nothing.status, nothing.body.moves], [200, []]);
  const topic = await newTopic();
  await node.rest.refused(422, "POST", "/admin/rebalance", {
    body: { moves: [{ topic, partition: 0, to: [77] }] },
  });
  await node.rest.refused(404, "POST", "/admin/rebalance", {
    body: { moves: [{ topic: "missing", partition: 0, to: [1] }] },
  });
});

Deno.test("methods that do nothing say which do", async () => {
  const answer = await node.rest.ask("PUT", "/topics/a", { body: {} });
  assert.equal(answer.status, 405);
  assert.deepEqual(answer.headers.get("allow")!.split(", ").sort(), ["DELETE", "GET", "PATCH", "POST"]);
});

Deno.test("paths that lead nowhere have a problem for an answer", async () => {
  for (
    const path of ["/topics/", "/topics/a/b/c", "/consumer-groups/a/b", "/cluster/stats", "/admin/nothing"]
  ) {
    await node.rest.refused(404, "GET", path);
  }
});

Deno.test("pages whose origin is configured may use everything, and their browsers are told so (CORS)", async () => {
  const origin = "https://console.example";
  await using open = await startRestNode({ "http.allowed.origins": origin });
  const headers = { origin };
  const asked = await open.rest.request("OPTIONS", "/topics/t/produce", { headers });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers.get("access-control-allow-origin"), origin);
  assert.equal(asked.headers.get("access-control-allow-methods"), "POST");
  const stored = await open.rest.ask("POST", "/topics/t/produce", { body: { value: 1 }, headers });
  assert.equal(stored.status, 200);
  assert.equal(stored.headers.get("access-control-allow-origin"), origin);
  const stranger = { origin: "https://evil.example" };
  assert.equal((await open.rest.ask("OPTIONS", "/topics/t/produce", { headers: stranger })).status, 405);
  const refused = await open.rest.ask("POST", "/topics/t/produce", { body: { value: 1 }, headers: stranger });
  assert.equal(refused.status, 403);
  const read = await open.rest.ask("GET", "/topics", { headers: stranger });
  assert.equal(read.headers.get("access-control-allow-origin"), null);
});

/** The status of an answer to a request as it is written here: fetch would not send such headers. */
async function statusOf(head: readonly string[], body = ""): Promise<number> {
  const { host: hostname, port } = node.node.httpAddress!;
  using socket = await Deno.connect({ hostname, port });
  const lines = [...head, `content-length: ${body.length}`, "connection: close", "", body];
  await socket.write(new TextEncoder().encode(lines.join("\r\n")));
  const text = await new Response(socket.readable).text();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
}

Deno.test("pages of others neither read by a name of their own nor write (DNS rebinding, CSRF)", async () => {
  const topic = await newTopic();
  const json = "content-type: application/json";
  const post = `POST /topics/${topic}/produce HTTP/1.1`;
  const record = `{"value":1}`;
  assert.equal(await statusOf(["GET /topics HTTP/1.1", "host: evil.example:8080"]), 421);
  assert.equal(await statusOf(["GET /topics HTTP/1.1", "host: localhost:8080"]), 200);
  assert.equal(await statusOf([post, "host: localhost", json], record), 200);
  assert.equal(await statusOf([post, "host: evil.example", json], record), 421);
  assert.equal(await statusOf([post, "host: localhost", json, "origin: http://evil.example"], record), 403);
  assert.equal(await statusOf([post, "host: localhost", json, "origin: null"], record), 403);
  assert.equal(await statusOf([post, "host: localhost", "content-type: text/plain"], record), 415);
  assert.equal(await statusOf([post, "host: localhost:1", json, "origin: http://localhost:1"], record), 200);
  const { endOffset } = await done("GET", `/topics/${topic}/partitions/0`);
  assert.equal(endOffset, 2);
});

Deno.test("bodies without a length are taken up to the limit, and longer ones of any kind are not", async () => {
  await using small = await startRestNode({ "http.max.body.bytes": "100000" });
  const { rest } = small;
  await rest.done("POST", "/topics/t", {});
  const { host, port } = small.node.httpAddress!;
  const chunked = async (bytes: number) => {
    const parts = [`{"value":"`, ...Array.from({ length: bytes / 1000 }, () => "x".repeat(1000)), `"}`];
    const body = ReadableStream.from(parts).pipeThrough(new TextEncoderStream());
    const headers = { "content-type": "application/json" };
    const response = await fetch(`http://${host}:${port}/topics/t/produce`, {
      method: "POST",
      headers,
      body,
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await chunked(50_000), 200);
  assert.equal(await chunked(200_000), 413);
  const long = await rest.ask("POST", "/topics/t/produce", { body: { value: "x".repeat(200_000) } });
  assert.equal(long.status, 413);
});

Deno.test("the document is served", async () => {
  const response = await node.rest.request("GET", "/openapi.json");
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual((await response.json()).paths, document.paths);
});

Deno.test("a stream ends and requests are refused when the node stops", async () => {
  const stopping = await startRestNode();
  const rest = new Rest(stopping.node.httpAddress!);
  await rest.done("POST", "/topics/t", {});
  await rest.done("POST", "/topics/t/produce", { value: 1 });
  const stream = await rest.request("GET", "/topics/t/stream?from=earliest");
  const seen = events(stream);
  await stopping[Symbol.asyncDispose]();
  assert.ok((await seen).length >= 1);
});

Deno.test("requests under way are answered when the node stops, and what was acknowledged is there after a restart", async () => {
  const directory = temporaryDirectory();
  const settings = { "log.dirs": directory };
  const first = await startRestNode(settings);
  await first.rest.done("POST", "/topics/t", {});
  const answers: (number | "closed")[] = [];
  let isOver = false;
  const clients = Array.from({ length: 20 }, async () => {
    while (!isOver) {
      const answer = await first.rest.ask("POST", "/topics/t/produce", { body: { value: 1 } })
        .then(({ status }) => status, () => "closed" as const);
      answers.push(answer);
      if (answer !== 200) return;
    }
  });
  await becomes(() => answers.length > 200, true);
  await first[Symbol.asyncDispose]();
  isOver = true;
  await Promise.all(clients);
  const kinds = new Set(answers);
  kinds.delete("closed");
  kinds.delete(503);
  assert.deepEqual([...kinds], [200]);
  await using second = await startRestNode(settings);
  const { endOffset } = await second.rest.done("GET", "/topics/t/partitions/0");
  assert.ok(endOffset >= answers.filter((one) => one === 200).length);
});
