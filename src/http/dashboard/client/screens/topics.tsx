/** @jsxImportSource preact */
/** All topics. */

import { useSignal } from "@preact/signals";
import { Chip, Empty, PageHead, Panel, TableBox } from "../parts/basics.tsx";
import { Check, TextField } from "../parts/fields.tsx";
import { type Column, SortableHead, useSorting } from "../parts/sorting.tsx";
import { bytes, compact, count, plural, rate } from "../format.ts";
import { beat, history, layout } from "../state/live.ts";
import { hrefOf } from "../state/route.ts";
import { type TopicView, topicViews } from "../state/view.ts";
import { CreateTopic } from "./topic_create.tsx";
import { FirstRecord } from "./first_record.tsx";

/** Rows that are drawn at most; the filter finds the others. */
const MAX_ROWS = 300;

const columns: readonly Column<TopicView>[] = [
  { id: "name", label: "Topic", value: ({ name }) => name },
  { id: "partitions", label: "Partitions", number: true, value: ({ partitions }) => partitions.length },
  { id: "replication", label: "Replicas", number: true, value: ({ replication }) => replication },
  { id: "records", label: "Records", number: true, value: ({ records }) => records },
  { id: "size", label: "Size", number: true, value: ({ sizeBytes }) => sizeBytes },
  { id: "in", label: "In", number: true, value: ({ name }) => history.latest(`in:${name}`) ?? 0 },
  {
    id: "health",
    label: "Health",
    value: ({ partitions }) => partitions.filter(({ health }) => health === "well").length,
  },
];

/** What is wrong with the partitions of a topic, in a word. */
export function TopicHealth({ topic: { partitions } }: { topic: TopicView }) {
  const number = (health: string) => partitions.filter((one) => one.health === health).length;
  const offline = number("offline");
  if (offline > 0) return <Chip tone="bad">{plural(offline, "partition")} offline</Chip>;
  const few = number("under-min-isr");
  if (few > 0) return <Chip tone="bad">{few} below min.insync</Chip>;
  const under = number("under-replicated");
  if (under > 0) return <Chip tone="warn">{under} under-replicated</Chip>;
  return <Chip tone="good">In sync</Chip>;
}

export function Topics() {
  beat.value;
  const filter = useSignal("");
  const internal = useSignal(false);
  const creating = useSignal(false);
  const sorting = useSorting(columns, "name");
  const all = topicViews.value;
  const shown = sorting.sorted(
    all.filter(({ name, isInternal }) =>
      (internal.value || !isInternal) && name.toLowerCase().includes(filter.value.toLowerCase())
    ),
  );
  const isEmpty = layout.value !== null && all.every(({ isInternal }) => isInternal) && !internal.value;
  return (
    <>
      <PageHead
        title="Topics"
        lead={`${plural(all.length, "topic")}, those that Kafka keeps for itself included.`}
      >
        <button type="button" class="button main-action" onClick={() => creating.value = true}>
          Create a topic
        </button>
      </PageHead>
      {creating.value && <CreateTopic onClose={() => creating.value = false} />}
      <div class="stack">
        <div class="row end">
          <TextField label="Find" type="search" value={filter} placeholder="part of a name" class="grow" />
          <Check label="Internal topics" value={internal} />
        </div>
        {isEmpty ? <FirstRecord /> : (
          <Panel flush>
            {shown.length === 0 ? <Empty title="No topic has this in its name" /> : (
              <TableBox label="Topics">
                <table>
                  <SortableHead columns={columns} sorting={sorting} />
                  <tbody>
                    {shown.slice(0, MAX_ROWS).map((topic) => (
                      <tr key={topic.name}>
                        <td>
                          <a href={hrefOf(["topics", topic.name])}>{topic.name}</a>
                        </td>
                        <td class="number">{count(topic.partitions.length)}</td>
                        <td class="number">{topic.replication}</td>
                        <td class="number">{compact(topic.records)}</td>
                        <td class="number">{bytes(topic.sizeBytes)}</td>
                        <td class="number">{rate(history.latest(`in:${topic.name}`) ?? 0)}</td>
                        <td>
                          <TopicHealth topic={topic} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableBox>
            )}
          </Panel>
        )}
        {shown.length > MAX_ROWS && (
          <p class="quiet">
            The first {MAX_ROWS} of {count(shown.length)} are shown; find the others by name.
          </p>
        )}
      </div>
    </>
  );
}
