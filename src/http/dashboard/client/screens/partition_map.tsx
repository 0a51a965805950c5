/** @jsxImportSource preact */
/** A map of partitions and brokers: a row for each topic, a column for each broker, a gate for each replica. */

import { useSignal } from "@preact/signals";
import { plural } from "../format.ts";
import { Empty, Panel, TableBox } from "../parts/basics.tsx";
import { Check } from "../parts/fields.tsx";
import { hrefOf } from "../state/route.ts";
import { brokerViews, type PartitionView, topicShapes, type TopicView } from "../state/view.ts";

/** Topics that are drawn at most. */
const MAX_TOPICS = 100;

type Role = "leader" | "in-sync" | "behind";

function roleOf({ leader, isr, replicas }: PartitionView, broker: number): Role | null {
  if (!replicas.includes(broker)) return null;
  if (leader === broker) return "leader";
  return isr.includes(broker) ? "in-sync" : "behind";
}

const words: Readonly<Record<Role, string>> = { leader: "leads", "in-sync": "in sync", behind: "behind" };

function Gates({ topic, broker }: { topic: TopicView; broker: number }) {
  const gates = topic.partitions.flatMap((partition) => {
    const role = roleOf(partition, broker);
    return role === null ? [] : [{ index: partition.index, role }];
  });
  const number = (role: Role) => gates.filter((one) => one.role === role).length;
  const summary = (["leader", "in-sync", "behind"] as const)
    .filter((role) => number(role) > 0)
    .map((role) => `${number(role)} ${words[role]}`).join(", ");
  return (
    <span class="gates" role="img" aria-label={summary === "" ? "none" : summary}>
      {gates.map(({ index, role }) => (
        <span
          key={index}
          class={`gate ${role}`}
          title={`${topic.name}-${index}: broker ${broker} ${words[role]}`}
        >
          {index}
        </span>
      ))}
    </span>
  );
}

export function PartitionMap() {
  const internal = useSignal(false);
  const troubled = useSignal(false);
  const brokers = brokerViews.value;
  const topics = topicShapes.value.filter(({ isInternal, partitions }) =>
    (internal.value || !isInternal) && (!troubled.value || partitions.some(({ health }) => health !== "well"))
  );
  return (
    <Panel
      title="Partitions on brokers"
      flush
      aside={
        <span class="row">
          <Check label="Internal" value={internal} />
          <Check label="Only trouble" value={troubled} />
        </span>
      }
    >
      <div class="legend map-legend">
        <span>
          <span class="gate leader">0</span> leads
        </span>
        <span>
          <span class="gate in-sync">0</span> follows, in sync
        </span>
        <span>
          <span class="gate behind">0</span> behind or away
        </span>
        <span>
          <span class="gate offline">0</span> no leader
        </span>
      </div>
      {topics.length === 0
        ? <Empty title={troubled.value ? "No partition is in trouble" : "No topics yet"} />
        : (
          <TableBox label="Partitions on brokers">
            <table class="map">
              <thead>
                <tr>
                  <th>Topic</th>
                  {brokers.map(({ id, isFenced }) => <th key={id}>Broker {id}{isFenced && " (fenced)"}</th>)}
                  <th>No leader</th>
                </tr>
              </thead>
              <tbody>
                {topics.slice(0, MAX_TOPICS).map((topic) => (
                  <tr key={topic.name}>
                    <td>
                      <a href={hrefOf(["topics", topic.name])}>{topic.name}</a>
                    </td>
                    {brokers.map(({ id }) => (
                      <td key={id}>
                        <Gates topic={topic} broker={id} />
                      </td>
                    ))}
                    <td>
                      <Orphans topic={topic} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
    </Panel>
  );
}

function Orphans({ topic }: { topic: TopicView }) {
  const orphans = topic.partitions.filter(({ leader }) => leader < 0);
  if (orphans.length === 0) return <span class="quiet">none</span>;
  return (
    <span class="gates" role="img" aria-label={`${plural(orphans.length, "partition")} without leader`}>
      {orphans.map(({ index }) => <span key={index} class="gate offline">{index}</span>)}
    </span>
  );
}
