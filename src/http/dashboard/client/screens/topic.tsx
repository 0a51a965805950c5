/** @jsxImportSource preact */
/** One topic: its partitions, records and configs. */

import { useSignal } from "@preact/signals";
import { path, request } from "../api.ts";
import { bytes, compact, count, rate } from "../format.ts";
import { Empty, Figures, PageHead, Panel, Tabs } from "../parts/basics.tsx";
import { Chart } from "../parts/chart.tsx";
import { ConfirmByName } from "../parts/dialog.tsx";
import { beat, history, layout } from "../state/live.ts";
import { goTo, hrefOf, route } from "../state/route.ts";
import { groupViews, type TopicView, topicViews } from "../state/view.ts";
import { PartitionTable } from "./partition_table.tsx";
import { ProduceDialog } from "./produce.tsx";
import { Records } from "./records.tsx";
import { TopicConfigs } from "./topic_configs.tsx";
import { TopicHealth } from "./topics.tsx";

const tabs = [["", "Partitions"], ["records", "Records"], ["configs", "Configs"]] as const;

function Partitions({ topic }: { topic: TopicView }) {
  const readers = groupViews.value.filter(({ topics }) => topics.includes(topic.name));
  return (
    <div class="stack">
      <Panel title="Records a second" aside="this topic">
        <Chart
          title={`Records a second of ${topic.name}`}
          format={(value) => rate(value)}
          height={130}
          lines={[
            { series: `in:${topic.name}`, label: "Produced", colour: "--water" },
            ...readers.slice(0, 3).map(({ groupId }, index) => ({
              series: `out:${topic.name}>${groupId}`,
              label: groupId,
              colour: ["--water-2", "--gold", "--good"][index]!,
            })),
          ]}
        />
      </Panel>
      <Panel title="Partitions" flush>
        <PartitionTable topic={topic} />
      </Panel>
    </div>
  );
}

function DeleteTopic({ topic, onClose }: { topic: TopicView; onClose: () => void }) {
  const remove = async () => {
    await request("DELETE", path("topics", topic.name));
    goTo(["topics"]);
  };
  return (
    <ConfirmByName
      title="Delete this topic"
      name={topic.name}
      action="Delete for ever"
      onConfirm={remove}
      onClose={onClose}
    >
      <p>
        All {count(topic.records)}{" "}
        records ({bytes(topic.sizeBytes)}) go away on every broker, and nothing brings them back. Producers
        that go on may create the topic anew, empty.
      </p>
    </ConfirmByName>
  );
}

export function Topic() {
  beat.value;
  const [, name = "", tab = ""] = route.value.path;
  const dialog = useSignal<"produce" | "delete" | null>(null);
  const topic = topicViews.value.find((one) => one.name === name);
  const crumb = { label: "Topics", href: "#/topics" };
  if (topic === undefined) {
    return (
      <>
        <PageHead title={name} crumb={crumb} />
        <Panel>
          <Empty title={layout.value === null ? "Waiting for the first look" : "There is no such topic"}>
            <p class="quiet">It may have been deleted, or its creation is still under way.</p>
          </Empty>
        </Panel>
      </>
    );
  }
  const close = () => dialog.value = null;
  return (
    <>
      <PageHead title={name} crumb={crumb} lead={<TopicHealth topic={topic} />}>
        <button type="button" class="button" onClick={() => dialog.value = "produce"}>Send a record</button>
        {!topic.isInternal && (
          <button
            type="button"
            class="button danger"
            onClick={() => dialog.value = "delete"}
          >
            Delete
          </button>
        )}
      </PageHead>
      {dialog.value === "produce" && <ProduceDialog topic={topic} onClose={close} />}
      {dialog.value === "delete" && <DeleteTopic topic={topic} onClose={close} />}
      <Tabs
        label="Parts of the topic"
        items={tabs.map(([id, label]) => ({
          label,
          href: hrefOf(["topics", name, ...(id === "" ? [] : [id])]),
          on: tab === id,
        }))}
      />
      {tab === "" && (
        <div class="stack">
          <Figures
            items={[
              { label: "Records", value: compact(topic.records) },
              { label: "Size, one copy", value: bytes(topic.sizeBytes) },
              { label: "Partitions", value: topic.partitions.length },
              { label: "Replicas", value: topic.replication },
              { label: "In", value: rate(history.latest(`in:${name}`) ?? 0) },
            ]}
          />
          <Partitions topic={topic} />
        </div>
      )}
      {tab === "records" && <Records key={name} topic={topic} />}
      {tab === "configs" && <TopicConfigs key={name} topic={topic} />}
    </>
  );
}
