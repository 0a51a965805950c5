/** @jsxImportSource preact */
/** How the cluster is, at one glance. */

import { Chart, type ChartProps } from "../parts/chart.tsx";
import { Chip, Empty, Figures, PageHead, Panel, TableBox } from "../parts/basics.tsx";
import { byteRate, bytes, compact, count, duration, plural, rate, UNKNOWN } from "../format.ts";
import { beat, history, layout, pulse } from "../state/live.ts";
import { hrefOf } from "../state/route.ts";
import { brokerViews, groupViews, partitionShapes, topicViews, troubles } from "../state/view.ts";
import { FirstRecord } from "./first_record.tsx";
import { BusyTopics } from "./busy_topics.tsx";
import { NodePanel } from "./node_panel.tsx";

function Headline() {
  const list = troubles.value;
  const brokers = brokerViews.value;
  if (list.length === 0) {
    const word = brokers.length === 1 ? "The broker serves" : `All ${brokers.length} brokers serve`;
    const partitions = partitionShapes.value.length;
    return <>{word}{partitions > 0 && `; ${plural(partitions, "partition")}, every replica in sync`}.</>;
  }
  return (
    <span class="row">
      {list.map(({ tone, text, href }) => (
        <a key={text} href={href}>
          <Chip tone={tone}>{text}</Chip>
        </a>
      ))}
    </span>
  );
}

function Totals() {
  beat.value;
  const { value: now } = pulse;
  const topics = topicViews.value;
  const serving = brokerViews.value.filter(({ isFenced }) => !isFenced).length;
  const brokers = brokerViews.value.length;
  const stored = topics.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const lag = groupViews.value.reduce((sum, group) => sum + group.lag, 0);
  return (
    <Figures
      items={[
        {
          label: "Brokers serving",
          value: (
            <>
              {serving}
              <small>&nbsp;of {brokers}</small>
            </>
          ),
          tone: serving < brokers ? "warn" : undefined,
        },
        { label: "Records in", value: rate(history.latest("in") ?? 0) },
        { label: "Records to groups", value: rate(history.latest("out") ?? 0) },
        { label: "Lag of all groups", value: compact(lag) },
        { label: "Stored, one copy", value: bytes(stored) },
        { label: "Clients here", value: count(now?.local?.totals.connections) },
      ]}
    />
  );
}

function Lagging() {
  const groups = [...groupViews.value].sort((a, b) => b.lag - a.lag).slice(0, 6);
  if (groups.length === 0) {
    return (
      <Empty title="No consumer groups">
        <p class="quiet">A group appears when its first member joins or commits a position.</p>
      </Empty>
    );
  }
  return (
    <TableBox label="Groups by lag">
      <table>
        <thead>
          <tr>
            <th>Group</th>
            <th>State</th>
            <th class="number">Members</th>
            <th class="number">Lag</th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ groupId, state, members, lag }) => (
            <tr key={groupId}>
              <td>
                <a href={hrefOf(["groups", groupId])}>{groupId}</a>
              </td>
              <td>{state}</td>
              <td class="number">{members.length}</td>
              <td class="number">{count(lag)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

interface Shown extends ChartProps {
  /** What is beside the title, for a node. */
  aside(node: number | string): string;
}

const charts: readonly Shown[] = [
  {
    title: "Records a second",
    aside: () => "whole cluster",
    format: rate,
    lines: [
      { series: "in", label: "Produced", colour: "--water" },
      { series: "out", label: "Consumed by groups", colour: "--water-2" },
    ],
  },
  {
    title: "Bytes a second",
    aside: (node) => `broker ${node}`,
    format: byteRate,
    steps: "binary",
    lines: [
      { series: "bytesIn", label: "In", colour: "--water" },
      { series: "bytesOut", label: "Out", colour: "--water-2" },
    ],
  },
  {
    title: "Time to produce",
    aside: (node) => `broker ${node}`,
    format: duration,
    filled: false,
    lines: [
      { series: "produceP50", label: "Half below", colour: "--water" },
      { series: "produceP99", label: "99 % below", colour: "--gold" },
    ],
  },
  {
    title: "Time to fetch",
    aside: (node) => `broker ${node}, waiting for records included`,
    format: duration,
    filled: false,
    lines: [
      { series: "fetchP50", label: "Half below", colour: "--water" },
      { series: "fetchP99", label: "99 % below", colour: "--gold" },
    ],
  },
];

export function Overview() {
  const isEmpty = layout.value !== null && topicViews.value.every(({ isInternal }) => isInternal);
  const node = layout.value?.nodeId ?? UNKNOWN;
  return (
    <>
      <PageHead
        title="Overview"
        lead={layout.value === null ? "Waiting for the first look." : <Headline />}
      />
      <div class="stack">
        <Totals />
        {isEmpty && <FirstRecord />}
        <div class="grid two">
          {charts.map(({ aside, ...chart }) => (
            <Panel key={chart.title} title={chart.title} aside={aside(node)}>
              <Chart {...chart} />
            </Panel>
          ))}
          <Panel title="Busiest topics" flush aside={<a href="#/topics">all topics</a>}>
            <BusyTopics />
          </Panel>
          <Panel title="Groups by lag" flush aside={<a href="#/groups">all groups</a>}>
            <Lagging />
          </Panel>
        </div>
        <NodePanel />
      </div>
    </>
  );
}
