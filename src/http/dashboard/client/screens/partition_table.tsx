/** @jsxImportSource preact */
/** The partitions of one topic with their replicas and offsets. */

import { bytes, count, rate } from "../format.ts";
import { TableBox } from "../parts/basics.tsx";
import { history } from "../state/live.ts";
import { hrefOf } from "../state/route.ts";
import type { PartitionView, TopicView } from "../state/view.ts";

/** The replicas of a partition: the leader strong, those out of sync struck out. */
export function Replicas({ partition: { leader, replicas, isr } }: { partition: PartitionView }) {
  return (
    <span class="replicas">
      {replicas.map((id) => {
        const role = id === leader ? "leads" : isr.includes(id) ? "in sync" : "not in sync";
        return (
          <span key={id} class={`replica ${role.replaceAll(" ", "-")}`} title={`Broker ${id} ${role}`}>
            {id}
            <span class="hidden">{role}</span>
          </span>
        );
      })}
    </span>
  );
}

export function PartitionTable({ topic }: { topic: TopicView }) {
  return (
    <TableBox label={`Partitions of ${topic.name}`}>
      <table>
        <thead>
          <tr>
            <th>Partition</th>
            <th>Leader</th>
            <th>Replicas</th>
            <th class="number">Epoch</th>
            <th class="number">First offset</th>
            <th class="number">High watermark</th>
            <th class="number">In</th>
            <th class="number">Size</th>
          </tr>
        </thead>
        <tbody>
          {topic.partitions.map((partition) => (
            <tr key={partition.index}>
              <td>
                <a href={hrefOf(["topics", topic.name, "records"], { partition: String(partition.index) })}>
                  {partition.index}
                </a>
              </td>
              <td>{partition.leader < 0 ? "none" : `Broker ${partition.leader}`}</td>
              <td>
                <Replicas partition={partition} />
              </td>
              <td class="number">{partition.leaderEpoch}</td>
              <td class="number">{count(partition.start)}</td>
              <td class="number">{count(partition.end)}</td>
              <td class="number">{rate(history.latest(`in:${topic.name}/${partition.index}`) ?? 0)}</td>
              <td class="number">{bytes(partition.sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
