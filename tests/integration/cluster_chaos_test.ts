/**
 * A cluster of real processes is hurt at random while idempotent producers and consumers of librdkafka and kafkajs use
 * it. Whatever happens, no acknowledged record is lost, reordered or there twice, no acknowledged change of topics is
 * undone, an epoch has one leader, high watermarks do not fall, and consumers see no hole; and when all is mended,
 * everything works again.
 *
 * Once on loopback, where processes are killed, stopped, paused and wiped, and once with each node in a network
 * namespace, where links are cut and slowed too. `deno task chaos` does it for longer; SLUICE_CHAOS_SECONDS and
 * SLUICE_CHAOS_SEED choose how long and how.
 */

import assert from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { createTopics } from "../../src/client/admin/topics.ts";
import { Administrator } from "../chaos/administrator.ts";
import {
  confluentConsumer,
  confluentProducer,
  hasConfluent,
  kafkaJsConsumer,
  kafkaJsProducer,
  type Target,
  type WorkingClient,
} from "../chaos/clients.ts";
import { doFaults, isWell, RECOVERY_MS } from "../chaos/faults.ts";
import { History } from "../chaos/history.ts";
import { labProblem, NetworkLab } from "../chaos/namespaces.ts";
import { observe } from "../chaos/observers.ts";
import { readLogs } from "../chaos/read_logs.ts";
import { eventually } from "../harness/cluster_state.ts";
import { startCluster } from "../harness/cluster.ts";

const SHORT_SECONDS = 10;
const seconds = Number(Deno.env.get("SLUICE_CHAOS_SECONDS") ?? SHORT_SECONDS);
const seed = Number(Deno.env.get("SLUICE_CHAOS_SEED") ?? Date.now() % 1_000_000);
const TOPIC = "chaos";
const PARTITIONS = 6;
const RATE = 200;

async function startClients(target: Target, history: History): Promise<WorkingClient[]> {
  const clients = [await kafkaJsProducer(target, history), await kafkaJsConsumer(target, history)];
  if (hasConfluent()) clients.push(confluentProducer(target, history), confluentConsumer(target, history));
  return clients;
}

/** Waits until consumers have seen all that is there, then ends all clients. */
async function finish(clients: readonly WorkingClient[], history: History): Promise<void> {
  const problems: (string | null)[] = [];
  const isProducer = ({ name }: WorkingClient) => name.startsWith("producer");
  for (const one of clients.filter(isProducer)) problems.push(await one.stop());
  let reads = -1;
  while (reads < history.reads) {
    reads = history.reads;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
  }
  for (const one of clients.filter((one) => !isProducer(one))) problems.push(await one.stop());
  assert.deepEqual(problems.filter((one) => one !== null), []);
}

async function survive(lab: NetworkLab | null, lines: string[]): Promise<void> {
  const history = new History();
  const startMs = performance.now();
  const log = (what: string) => {
    const line = `${((performance.now() - startMs) / 1000).toFixed(1)} s  ${what}`;
    lines.push(line);
    // Whoever waits for long wants to see something.
    if (seconds > SHORT_SECONDS) console.log(line);
  };
  await using nodes = await startCluster({
    configs: { "offsets.topic.num.partitions": 3 },
    node: (id) => ({
      readyTimeoutMs: RECOVERY_MS,
      ...(lab === null ? {} : { host: lab.hostOf(id), prefix: lab.prefixOf(id) }),
    }),
  });
  await createTopics(nodes.client(), [{
    name: TOPIC,
    partitions: PARTITIONS,
    replicationFactor: 3,
    configs: [["min.insync.replicas", "2"]],
  }]);
  await eventually(() => isWell(nodes));
  const target = { bootstrap: nodes.bootstrap, topic: TOPIC, partitions: PARTITIONS, rate: RATE };
  const observers = observe(nodes, TOPIC, history);
  const clients = await startClients(target, history);
  const administrator = new Administrator(nodes);
  let count = 0;
  try {
    count = await doFaults(
      { nodes, lab, random: new Prng(seed), log },
      seconds * 1000,
      () => history.violations.length > 0,
    );
    await lab?.healAll();
    await eventually(() => isWell(nodes), RECOVERY_MS);
    log("all is mended");
    await administrator.finish();
    await finish(clients, history);
    await observers.stop();
  } finally {
    // Of a run that has failed nothing may stay.
    for (const one of [...clients, administrator]) one.abandon();
    void observers.stop();
  }
  history.verify(await readLogs(nodes, TOPIC));
  assert.ok(history.acknowledged > 100, `only ${history.acknowledged} records were acknowledged`);
  const gap = (history.longestGapMs / 1000).toFixed(1);
  console.log(
    `${count} faults, ${history.acknowledged} records and ${administrator.changes} changes of topics acknowledged, ` +
      `${history.reads} reads, longest pause ${gap} s, ${history.restarts} producers replaced`,
  );
}

async function told(lab: NetworkLab | null): Promise<void> {
  const lines: string[] = [];
  try {
    await survive(lab, lines);
  } catch (error) {
    console.error(`SLUICE_CHAOS_SEED=${seed}\n${lines.join("\n")}`);
    throw error;
  }
}

function chaos(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `chaos: ${name}, ${seconds} s (seed ${seed})`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

chaos("processes killed, paused, restarted and wiped", () => told(null));

chaos("links cut and slowed too", async () => {
  const problem = await labProblem();
  if (problem !== null) {
    console.log(`skipped: ${problem}`);
    return;
  }
  await using lab = await NetworkLab.open(3);
  await told(lab);
});
