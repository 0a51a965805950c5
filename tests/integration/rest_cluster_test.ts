/** The REST interface of a cluster: any node answers any request, also while others die. */

import assert from "node:assert/strict";
import { isWell } from "../chaos/faults.ts";
import { eventually } from "../harness/cluster_state.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";
import { Rest } from "../harness/rest.ts";

const PARTITIONS = 6;

async function withCluster(
  run: (nodes: TestCluster, rest: (id: number) => Rest) => Promise<void>,
): Promise<void> {
  await using nodes = await startCluster({ node: () => ({ http: "127.0.0.1:0" }) });
  const rest = (id: number) => new Rest(nodes.node(id).httpUrl);
  await rest(2).done("POST", "/topics/t", {
    partitions: PARTITIONS,
    replicationFactor: 3,
    configs: { "min.insync.replicas": 2 },
  });
  await eventually(() => isWell(nodes));
  await run(nodes, rest);
}

function restTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `REST cluster: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

restTest("every node writes and reads every partition, and sees the same cluster", async () => {
  await withCluster(async (nodes, rest) => {
    for (const id of nodes.ids) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const stored = await rest(id).done("POST", "/topics/t/produce", { value: id, partition });
        assert.equal(stored.partition, partition);
      }
    }
    const overviews = [];
    for (const id of nodes.ids) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const path = `/topics/t/partitions/${partition}/consume?format=json`;
        const { records } = await rest(id).done("GET", path);
        assert.deepEqual(records.map((one: { value: number }) => one.value), nodes.ids);
      }
      const { brokers, totals, quorum: { leaderId } } = await rest(id).done("GET", "/cluster/status");
      const facts = brokers.map((
        { id, host, port, leaders }: Record<string, unknown>,
      ) => [id, host, port, leaders]);
      overviews.push({ facts, leaderId, offline: totals.offline, underReplicated: totals.underReplicated });
    }
    assert.deepEqual(overviews[1], overviews[0]);
    assert.deepEqual(overviews[2], overviews[0]);
    assert.equal(overviews[0]!.underReplicated, 0);
  });
});

restTest("a member of a group turns to another node with each request", async () => {
  await withCluster(async (_, rest) => {
    const group = "/consumer-groups/g";
    const { memberId, generationId, assigned } = await rest(1).done("POST", `${group}/register`, {
      topics: ["t"],
    });
    assert.equal(assigned[0].partitions.length, PARTITIONS);
    const beat = await rest(2).done("POST", `${group}/heartbeat`, { memberId, generationId });
    assert.equal(beat.rejoin, false);
    await rest(3).done("POST", "/topics/t/produce", { value: 1, partition: 4 });
    await rest(3).done("POST", `${group}/topics/t/partitions/4/commit`, {
      offset: 1,
      memberId,
      generationId,
    });
    const { state, partitions } = await rest(1).done("GET", group);
    assert.equal(state, "Stable");
    const position = partitions.find((one: { partition: number }) => one.partition === 4);
    assert.deepEqual([position.committedOffset, position.lag], [1, 0]);
    await rest(2).done("POST", `${group}/leave`, { memberId });
    await rest(3).done("DELETE", group);
  });
});

restTest(
  "a partition is moved to another broker with everything in it, and a plan evens out what is not",
  async () => {
    await withCluster(async (nodes, rest) => {
      await rest(1).done("POST", "/topics/solo", { partitions: 1, replicationFactor: 1 });
      const records = Array.from({ length: 500 }, (_, value) => ({ value }));
      await rest(2).done("POST", "/topics/solo/produce", { records });
      const path = "/topics/solo/partitions/0";
      const { leader } = await rest(3).done("GET", path);
      const target = nodes.ids.find((id) => id !== leader)!;
      const moves = [{ topic: "solo", partition: 0, to: [target] }];
      const asked = await rest(1).ask("POST", "/admin/rebalance", { body: { moves, dryRun: true } });
      assert.deepEqual([asked.status, asked.body.moves], [200, moves]);
      const begun = await rest(1).ask("POST", "/admin/rebalance", { body: { moves } });
      assert.deepEqual([begun.status, begun.body.moves], [202, moves]);
      await eventually(async () => {
        const { replicas, leader, endOffset } = await rest(2).done("GET", path);
        assert.deepEqual([replicas, leader, endOffset], [[target], target, 500]);
      });
      const { reassignments } = await rest(3).done("GET", "/cluster/status");
      assert.deepEqual(reassignments, []);
      const read = await rest(leader).done("GET", `${path}/consume?limit=1000&format=json`);
      assert.deepEqual(read.records.map((one: { value: number }) => ({ value: one.value })), records);

      // Three partitions on one broker are two too many.
      const crowded = { partitions: 3, replicationFactor: 1 };
      await rest(1).done("POST", "/topics/crowded", crowded);
      const there = [0, 1, 2].map((partition) => ({ topic: "crowded", partition, to: [target] }));
      await rest(1).done("POST", "/admin/rebalance", { moves: there });
      await eventually(async () => {
        const { partitions } = await rest(1).done("GET", "/topics/crowded");
        assert.ok(partitions.every((one: { replicas: number[] }) => one.replicas.join() === String(target)));
      });
      const plans = [];
      for (const id of nodes.ids) plans.push((await rest(id).done("GET", "/admin/assignment-plan")).moves);
      assert.ok(plans[0].length > 0);
      assert.deepEqual(plans[1], plans[0], "whichever node is asked");
      assert.deepEqual(plans[2], plans[0]);
      await rest(2).done("POST", "/admin/rebalance", {});
      await eventually(async () =>
        assert.deepEqual(await rest(1).done("GET", "/admin/assignment-plan"), { moves: [] })
      );
    });
  },
);

restTest("what was acknowledged while a leader died is there once, and a stream goes on", async () => {
  await withCluster(async (nodes, rest) => {
    const { partitions } = await rest(1).done("GET", "/topics/t");
    const victim: number = partitions[0].leader;
    const [survivor, other] = nodes.ids.filter((id) => id !== victim) as [number, number];
    const leaving = new AbortController();
    const { signal } = leaving;
    const stream = await rest(other).request("GET", "/topics/t/stream?from=earliest&format=json", { signal });
    const streamed = new Set<number>();
    const following = follow(stream, (value) => streamed.add(value));

    const acknowledged: number[] = [];
    const statuses = new Map<number, number>();
    let next = 0;
    const writers = Array.from({ length: 8 }, async () => {
      while (acknowledged.length < 3_000) {
        const value = next++;
        const { status } = await rest(survivor).ask("POST", "/topics/t/produce", {
          body: { value, key: value },
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 200) acknowledged.push(value);
      }
    });
    await eventually(() => assert.ok(acknowledged.length > 500));
    await nodes.kill(victim);
    await Promise.all(writers);
    assert.deepEqual([...statuses.keys()], [200], "producers wait for the next leader");

    const counts = new Map<number, number>();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const path = `/topics/t/partitions/${partition}/consume?format=json&limit=10000`;
      const { records } = await rest(other).done("GET", path);
      for (const { value } of records) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const value of acknowledged) assert.equal(counts.get(value), 1, `value ${value}`);
    await eventually(() => assert.ok(acknowledged.every((value) => streamed.has(value))));
    const { totals } = await rest(survivor).done("GET", "/cluster/status");
    assert.equal(totals.offline, 0);
    assert.ok(totals.underReplicated > 0);
    leaving.abort();
    await assert.rejects(following, { name: "AbortError" });
  });
});

restTest("without a quorum, what waits for it does not hold up what can be had", async () => {
  await withCluster(async (nodes, rest) => {
    await rest(1).done("POST", "/topics/t/produce", {
      records: [0, 1, 2, 3, 4, 5].map((partition) => ({ value: 1, partition })),
    });
    const { partitions } = await rest(1).done("GET", "/topics/t");
    const survivor: number = partitions[0].leader;
    for (const id of nodes.ids.filter((id) => id !== survivor)) await nodes.kill(id);
    const alone = rest(survivor);
    let settled = 0;
    const waiting = [
      alone.ask("GET", "/consumer-groups/g"),
      alone.ask("POST", "/topics/t/produce", { body: { value: 2, partition: 0 } }),
    ].map((one) => one.then(({ status }) => status, () => "cut").finally(() => settled++));
    const { topics } = await alone.done("GET", "/topics");
    assert.equal(topics[0].name, "t");
    const { records } = await alone.done("GET", "/topics/t/partitions/0/consume");
    assert.equal(records.length, 1);
    assert.equal(settled, 0, "nobody can tell these yet");
    // A leader of the quorum that is left alone gives up only after a while, and may still tell.
    const { brokers } = await alone.done("GET", "/cluster/status");
    assert.equal(brokers.length, 3);
    for (const status of await Promise.all(waiting)) assert.ok(status === 503 || status === 504, `${status}`);
  });
});

/** Calls `onValue` for the value of each record, until the stream ends. */
async function follow(response: Response, onValue: (value: number) => void): Promise<void> {
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const end = text.lastIndexOf("\n\n");
    for (const [, json] of text.slice(0, Math.max(0, end)).matchAll(/^data: (\{.*\})$/gm)) {
      onValue(JSON.parse(json!).value);
    }
    text = text.slice(end + 2);
  }
}
