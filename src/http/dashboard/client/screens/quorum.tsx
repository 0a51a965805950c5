/** @jsxImportSource preact */
/** The metadata quorum and the replication of partitions: offsets, lag, epochs. */

import { bytes, count, duration } from "../format.ts";
import { Chip, Empty, Figures, Note, PageHead, Panel, TableBox } from "../parts/basics.tsx";
import { Chart } from "../parts/chart.tsx";
import { beat, pulse, storage } from "../state/live.ts";
import { hrefOf } from "../state/route.ts";
import { brokerViews, partitionShapes } from "../state/view.ts";
import { Replicas } from "./partition_table.tsx";

const lineColours = ["--water", "--water-2", "--gold", "--good", "--bad"];

function ago(ms: number, nowMs: number): string {
  return ms < 0 ? "never" : `${duration(Math.max(0, nowMs - ms))} ago`;
}

function QuorumTable() {
  const { value: now } = pulse;
  const quorum = now?.quorum ?? null;
  if (now === null) return <Empty title="Waiting for the first look" />;
  if (quorum === null) {
    return (
      <div class="body">
        <Note tone="bad">
          No active controller answers. Partitions go on serving as they are; nothing can be created, elected
          or changed until a majority of the voters is there again.
        </Note>
      </div>
    );
  }
  return (
    <TableBox label="Voters and observers">
      <table>
        <thead>
          <tr>
            <th>Node</th>
            <th>Role</th>
            <th class="number">Log end offset</th>
            <th class="number">Behind</th>
            <th>Last fetch</th>
            <th>Last had all</th>
          </tr>
        </thead>
        <tbody>
          {quorum.replicas.map(({ id, isVoter, logEndOffset, lag, lastFetchMs, lastCaughtUpMs }) => {
            const isLeader = id === quorum.leaderId;
            return (
              <tr key={id}>
                <td>Node {id}</td>
                <td>
                  {isLeader
                    ? <Chip tone="accent">Leader</Chip>
                    : <Chip>{isVoter ? "Voter" : "Observer"}</Chip>}
                </td>
                <td class="number">{count(logEndOffset)}</td>
                <td class="number">{count(lag)}</td>
                <td>{isLeader ? "" : ago(lastFetchMs, now.atMs)}</td>
                <td>{isLeader ? "" : ago(lastCaughtUpMs, now.atMs)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

function Followers() {
  const lags = new Map<number, { replicas: number; behind: number; lag: number; worst: number }>();
  const leaders = new Map(
    partitionShapes.value.map(({ topic, index, leader }) => [`${topic}/${index}`, leader]),
  );
  for (const { broker, topic, partition, lag } of storage.value?.replicas ?? []) {
    if (leaders.get(`${topic}/${partition}`) === broker) continue;
    const one = lags.get(broker) ?? { replicas: 0, behind: 0, lag: 0, worst: 0 };
    one.replicas++;
    if (lag > 0) one.behind++;
    one.lag += Math.max(0, lag);
    one.worst = Math.max(one.worst, lag);
    lags.set(broker, one);
  }
  return (
    <TableBox label="Followers by broker">
      <table>
        <thead>
          <tr>
            <th>Broker</th>
            <th class="number">Follows</th>
            <th class="number">Behind</th>
            <th class="number">Records behind</th>
            <th class="number">Most of one</th>
            <th class="number">Logs</th>
          </tr>
        </thead>
        <tbody>
          {brokerViews.value.map(({ id, dataBytes }) => {
            const { replicas, behind, lag, worst } = lags.get(id) ??
              { replicas: 0, behind: 0, lag: 0, worst: 0 };
            return (
              <tr key={id}>
                <td>Broker {id}</td>
                <td class="number">{count(replicas)}</td>
                <td class="number">{count(behind)}</td>
                <td class="number">{count(lag)}</td>
                <td class="number">{count(worst)}</td>
                <td class="number">{bytes(dataBytes)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

function Troubled() {
  const troubled = partitionShapes.value.filter(({ health }) => health !== "well").slice(0, 100);
  if (troubled.length === 0) return <Empty title="Every replica is in sync" />;
  return (
    <TableBox label="Partitions that are not in sync">
      <table>
        <thead>
          <tr>
            <th>Partition</th>
            <th>State</th>
            <th>Replicas</th>
            <th class="number">Leader epoch</th>
          </tr>
        </thead>
        <tbody>
          {troubled.map((partition) => (
            <tr key={`${partition.topic}/${partition.index}`}>
              <td>
                <a href={hrefOf(["topics", partition.topic])}>{partition.topic}-{partition.index}</a>
              </td>
              <td>
                <Chip tone={partition.health === "under-replicated" ? "warn" : "bad"}>
                  {partition.health.replaceAll("-", " ")}
                </Chip>
              </td>
              <td>
                <Replicas partition={partition} />
              </td>
              <td class="number">{partition.leaderEpoch}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

export function Quorum() {
  beat.value;
  const quorum = pulse.value?.quorum ?? null;
  const others = (quorum?.replicas ?? []).filter(({ id }) => id !== quorum?.leaderId);
  return (
    <>
      <PageHead
        title="Quorum and replication"
        lead="The metadata log is agreed on by a majority of the voters (KRaft); partitions are copied from their leaders."
      />
      <div class="stack">
        <Figures
          items={[
            {
              label: "Leader",
              value: quorum === null ? "none" : `Node ${quorum.leaderId}`,
              tone: quorum ? undefined : "bad",
            },
            { label: "Epoch", value: count(quorum?.leaderEpoch) },
            { label: "High watermark", value: count(quorum?.highWatermark) },
            { label: "Applied here", value: count(pulse.value?.metadataOffset) },
          ]}
        />
        <Panel title="Voters and observers" flush>
          <QuorumTable />
        </Panel>
        {others.length > 0 && (
          <Panel title="Behind the leader" aside="records of the metadata log">
            <Chart
              title="Records of the metadata log behind the leader"
              format={(value) => count(value)}
              height={110}
              steps="whole"
              filled={false}
              lines={others.slice(0, lineColours.length).map(({ id }, index) => ({
                series: `quorumLag:${id}`,
                label: `Node ${id}`,
                colour: lineColours[index]!,
              }))}
            />
          </Panel>
        )}
        <Panel title="Followers" flush>
          <Followers />
        </Panel>
        <Panel title="Partitions not in sync" flush>
          <Troubled />
        </Panel>
      </div>
    </>
  );
}
