/** Creates and deletes topics while a cluster is hurt: what was acknowledged is there, or gone, in the end. */

import assert from "node:assert/strict";
import { createTopics, deleteTopics, listTopics } from "../../src/client/admin/topics.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { eventually } from "../harness/cluster_state.ts";
import type { TestCluster } from "../harness/cluster.ts";

const PAUSE_MS = 300;
const PREFIX = "made-";

export class Administrator {
  readonly #nodes: TestCluster;
  readonly #there = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #working: Promise<void>;
  #isStopping = false;

  constructor(nodes: TestCluster) {
    this.#nodes = nodes;
    this.#working = this.#work();
  }

  /** How many changes were acknowledged. */
  get changes(): number {
    return this.#there.size + 2 * this.#gone.size;
  }

  /** Ends the work, whatever comes of it. */
  abandon(): void {
    this.#isStopping = true;
  }

  /** Ends the work and checks what came of it. */
  async finish(): Promise<void> {
    this.#isStopping = true;
    await this.#working;
    await eventually(async () => {
      const names = new Set((await listTopics(this.#nodes.client())).map((one) => one.name));
      for (const name of this.#there) assert.ok(names.has(name), `${name} was created`);
      for (const name of this.#gone) assert.ok(!names.has(name), `${name} was deleted`);
    });
  }

  async #work(): Promise<void> {
    const client = this.#nodes.client();
    for (let index = 0; !this.#isStopping; index++) {
      const name = `${PREFIX}${index}`;
      const topic = { name, partitions: 1, replicationFactor: -1, configs: [] };
      if (!await isDone(async () => (await createTopics(client, [topic]))[0]?.errorCode)) continue;
      if (index % 3 === 2) {
        // Until the answer comes it may be there or not.
        if (await isDone(async () => (await deleteTopics(client, [name]))[0]?.errorCode)) {
          this.#gone.add(name);
        }
      } else this.#there.add(name);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function isDone(attempt: () => Promise<number | undefined>): Promise<boolean> {
  try {
    return await attempt() === ErrorCode.NONE;
  } catch {
    return false;
  }
}
