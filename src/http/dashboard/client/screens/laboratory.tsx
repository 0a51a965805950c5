/** @jsxImportSource preact */
/** The failure laboratory: what happens when nodes of the demo cluster fail. Only `sluice demo` has it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DemoAction, DemoNode } from "../../../demo.ts";
import { path, request, wordsOf } from "../api.ts";
import { plural } from "../format.ts";
import { Chip, Empty, Note, PageHead, Panel } from "../parts/basics.tsx";
import { FormDialog } from "../parts/dialog.tsx";
import { brokerViews, isStale } from "../state/view.ts";
import { BrokerState } from "./brokers.tsx";
import { PartitionMap } from "./partition_map.tsx";

interface Deed {
  readonly label: string;
  /** What will happen, before it does. */
  readonly effect: string;
  readonly isHarsh: boolean;
}

const deeds: Readonly<Record<DemoAction, Deed>> = {
  stop: {
    label: "Stop",
    effect: "It is told to end (SIGTERM). It hands its leaderships over first, so clients hardly notice.",
    isHarsh: false,
  },
  start: {
    label: "Start",
    effect: "It comes back with the data it had, catches up, and joins the ISRs again.",
    isHarsh: false,
  },
  restart: {
    label: "Restart",
    effect: "It is stopped in order and started again, as in a rolling upgrade.",
    isHarsh: false,
  },
  kill: {
    label: "Kill",
    effect:
      "It dies at once (SIGKILL), as in a power cut. Its partitions have no leader until the controller elects others.",
    isHarsh: true,
  },
  isolate: {
    label: "Isolate",
    effect:
      "Nothing passes between it and the other nodes any more, while clients still reach it. The others fence it; what it led is led elsewhere, and writes to it are refused.",
    isHarsh: true,
  },
  heal: { label: "Heal", effect: "Its connections to the other nodes work again.", isHarsh: false },
  fence: {
    label: "Freeze",
    effect:
      "The process stands still (SIGSTOP), as in a very long pause. It sends no heartbeats, so the controller fences it.",
    isHarsh: true,
  },
  unfence: {
    label: "Thaw",
    effect: "The process goes on. It finds out what it missed and takes part again.",
    isHarsh: false,
  },
};

function Confirm({ node, action, onDone, onClose }: {
  node: DemoNode;
  action: DemoAction;
  onDone: () => void;
  onClose: () => void;
}) {
  const { label, effect, isHarsh } = deeds[action];
  const run = async () => {
    await request("POST", path("demo", "nodes", node.id, action));
    onDone();
  };
  return (
    <FormDialog
      title={`${label} node ${node.id}?`}
      action={`${label} node ${node.id}`}
      danger={isHarsh}
      onSubmit={run}
      onClose={onClose}
    >
      <p>{effect}</p>
    </FormDialog>
  );
}

function NodeState({ node }: { node: DemoNode }) {
  if (!node.isRunning) return <Chip tone="bad">Does not run</Chip>;
  if (node.actions.includes("unfence")) return <Chip tone="warn">Frozen</Chip>;
  if (node.isIsolated) return <Chip tone="warn">Isolated</Chip>;
  return <Chip tone="good">Runs</Chip>;
}

function Bench({ node, choose }: { node: DemoNode; choose: (action: DemoAction) => void }) {
  const broker = brokerViews.value.find(({ id }) => id === node.id);
  return (
    <article class="broker" aria-label={`Node ${node.id}`}>
      <div class="row">
        <h2 class="broker-name">Node {node.id}</h2>
        {broker?.isActiveController && !isStale.value && <Chip tone="accent">Active controller</Chip>}
      </div>
      <dl class="facts">
        <dt>Process</dt>
        <dd>
          <NodeState node={node} />
        </dd>
        <dt>In the cluster</dt>
        <dd>{broker === undefined || isStale.value ? "not known now" : <BrokerState broker={broker} />}</dd>
        <dt>Leads</dt>
        <dd>{isStale.value ? "not known now" : plural(broker?.leaders ?? 0, "partition")}</dd>
      </dl>
      <div class="row">
        {node.actions.map((action) => (
          <button
            key={action}
            type="button"
            class={`button compact ${deeds[action].isHarsh ? "danger" : ""}`}
            onClick={() => choose(action)}
          >
            {deeds[action].label}
            <span class="hidden">node {node.id}</span>
          </button>
        ))}
      </div>
    </article>
  );
}

const REFRESH_MS = 1_000;

export function Laboratory() {
  const nodes = useSignal<readonly DemoNode[] | null>(null);
  const problem = useSignal<string | null>(null);
  const chosen = useSignal<{ readonly node: DemoNode; readonly action: DemoAction } | null>(null);
  const load = async () => {
    try {
      nodes.value = (await request<{ nodes: readonly DemoNode[] }>("GET", "/demo/nodes")).nodes;
      problem.value = null;
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <PageHead
        title="Failure laboratory"
        lead="This cluster is a demo on your machine: break it and watch. Producers and consumers go on all the while."
      />
      {chosen.value !== null && (
        <Confirm
          {...chosen.value}
          onDone={() => void load()}
          onClose={() => chosen.value = null}
        />
      )}
      <div class="stack">
        {problem.value !== null && <Note tone="bad">{problem.value}</Note>}
        {nodes.value === null
          ? (
            <Panel>
              <Empty title="Asking the keeper of the nodes" />
            </Panel>
          )
          : (
            <div class="rack-brokers">
              {nodes.value.map((node) => (
                <Bench
                  key={node.id}
                  node={node}
                  choose={(action) => chosen.value = { node, action }}
                />
              ))}
            </div>
          )}
        <PartitionMap />
      </div>
    </>
  );
}
