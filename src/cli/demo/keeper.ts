/** Keeps the nodes of the demo cluster: starts them, and does to them what the laboratory asks for. */

import type { DemoAction, DemoControl, DemoNode } from "../../http/demo.ts";
import type { KeptNode } from "./kept_node.ts";

export class Keeper implements DemoControl {
  readonly #nodes: ReadonlyMap<number, KeptNode>;
  readonly #busy = new Set<number>();
  readonly #onUnfit: (node: KeptNode) => void;

  /** `onUnfit` is called when nobody should ask a node any more, because it is gone, frozen or cut off. */
  constructor(nodes: readonly KeptNode[], onUnfit: (node: KeptNode) => void) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
    this.#onUnfit = onUnfit;
  }

  nodes(): readonly DemoNode[] {
    return [...this.#nodes.values()].map((node) => ({
      id: node.id,
      isRunning: node.isRunning,
      isIsolated: node.isIsolated,
      httpUrl: node.isReady ? `http://${node.http.host}:${node.http.port}` : null,
      actions: this.#busy.has(node.id) ? [] : actionsFor(node),
    }));
  }

  async run(nodeId: number, action: DemoAction): Promise<void> {
    const node = this.#nodes.get(nodeId);
    if (node === undefined) throw new Error(`there is no node ${nodeId}`);
    if (this.#busy.has(nodeId)) throw new Error(`node ${nodeId} is busy with what it was told before`);
    if (!actionsFor(node).includes(action)) {
      throw new Error(`${action} is not possible as node ${nodeId} is now`);
    }
    this.#busy.add(nodeId);
    try {
      const done = perform(node, action);
      if (!node.isFit) this.#onUnfit(node);
      await done;
    } finally {
      this.#busy.delete(nodeId);
    }
  }
}

function actionsFor(node: KeptNode): readonly DemoAction[] {
  if (!node.isRunning) return ["start"];
  if (node.isFrozen) return ["unfence", "kill"];
  return ["stop", "restart", "kill", node.isIsolated ? "heal" : "isolate", "fence"];
}

async function perform(node: KeptNode, action: DemoAction): Promise<void> {
  switch (action) {
    case "start":
      return await node.start();
    case "stop":
      return await node.stop();
    case "restart":
      await node.stop();
      return await node.start();
    case "kill":
      return await node.kill();
    case "isolate":
      return await node.isolate();
    case "heal":
      return await node.heal();
    case "fence":
      return node.freeze();
    case "unfence":
      return node.thaw();
  }
}
