/** Several nodes in the process of the test that form a cluster: faster than processes, but they cannot be killed. */

import { BrokerConfig } from "../../src/config/broker_config.ts";
import { bootstrapOf } from "./broker.ts";
import { startNode, type TestNode } from "./node.ts";

export interface NodeCluster extends AsyncDisposable {
  /** By id, from 1 on. */
  readonly nodes: readonly TestNode[];
  readonly bootstrap: string;
}

/** Starts nodes that join the first of them, each with the same settings. */
export async function startNodes(
  count: number,
  settings: Parameters<typeof BrokerConfig.of>[0] = {},
): Promise<NodeCluster> {
  const nodes: TestNode[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((one) => one[Symbol.asyncDispose]()));
  };
  try {
    for (let id = 1; id <= count; id++) {
      const [first] = nodes;
      const join = first === undefined ? {} : { "cluster.join": bootstrapOf(first.address) };
      nodes.push(await startNode({ ...settings, "node.id": String(id), ...join }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes,
    bootstrap: nodes.map(({ address }) => bootstrapOf(address)).join(","),
    [Symbol.asyncDispose]: stop,
  };
}
