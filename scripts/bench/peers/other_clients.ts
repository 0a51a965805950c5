/** Clients that are not Java's: librdkafka through confluent-kafka and kcat, and kafkajs. */

import { root } from "../../checks/check.ts";
import type { ConsumeLoad, ProduceLoad } from "./clients.ts";
import { runClient } from "./process.ts";

const TIMEOUT_MS = 180_000;

/** A client that is neither Java nor the broker's author's. */
export type OtherClient = "librdkafka" | "kafkajs" | "kcat";

const PYTHON = Deno.env.get("SLUICE_BENCH_PYTHON") ?? "/usr/bin/python3";

function otherCommand(client: OtherClient): string[] {
  const at = (file: string) => new URL(`./clients/${file}`, import.meta.url).pathname;
  if (client === "librdkafka") return [PYTHON, "-B", at("librdkafka.py")];
  return [Deno.execPath(), "run", "-A", "--config", `${root}deno.json`, at("kafkajs.ts")];
}

/** Whether a client is installed. */
export async function hasOther(client: OtherClient): Promise<boolean> {
  if (client === "kafkajs") return true;
  const words = client === "kcat" ? ["kcat", "-V"] : [PYTHON, "-c", "import confluent_kafka"];
  return await runClient(words[0]!, words.slice(1), { timeoutMs: 10_000 }).then(() => true, () => false);
}

/** Produces with another client; records a second, with what it took the process to start left out where it can be. */
export async function otherProduce(client: OtherClient, load: ProduceLoad): Promise<number> {
  const { bootstrap, topic, records, recordBytes, acks } = load;
  if (client === "kcat") return await kcatProduce(load);
  const [command, ...first] = otherCommand(client);
  const level = acks === "all" ? "-1" : acks;
  const args = [...first, "produce", bootstrap, topic, `${records}`, `${recordBytes}`, level];
  return records / JSON.parse((await runClient(command!, args, { timeoutMs: TIMEOUT_MS })).stdout).seconds;
}

export async function otherConsume(client: OtherClient, load: ConsumeLoad): Promise<number> {
  const { bootstrap, topic, records } = load;
  if (client === "kcat") {
    const start = performance.now();
    const script = `kcat -q -C -b ${bootstrap} -t ${topic} -o beginning -c ${records} -f '' > /dev/null`;
    await runClient("/bin/sh", ["-c", script], { timeoutMs: TIMEOUT_MS });
    return records / ((performance.now() - start) / 1000);
  }
  const [command, ...first] = otherCommand(client);
  const args = [...first, "consume", bootstrap, topic, `${records}`];
  return records / JSON.parse((await runClient(command!, args, { timeoutMs: TIMEOUT_MS })).stdout).seconds;
}

/** kcat takes lines; all of them are alike. */
async function kcatProduce({ bootstrap, topic, records, recordBytes, acks }: ProduceLoad): Promise<number> {
  const line = "x".repeat(recordBytes);
  const start = performance.now();
  const script = `yes ${line} | head -n ${records} | ` +
    `kcat -P -b ${bootstrap} -t ${topic} -X acks=${acks} -X linger.ms=5 -X queue.buffering.max.messages=1000000`;
  await runClient("/bin/sh", ["-c", script], { timeoutMs: TIMEOUT_MS });
  return records / ((performance.now() - start) / 1000);
}
