/** @jsxImportSource preact */
/** One consumer group: how far behind it is, over time, and who is in it. */

import { useSignal } from "@preact/signals";
import { compact, count, duration, rate, UNKNOWN } from "../format.ts";
import { Empty, Figures, PageHead, Panel, TableBox } from "../parts/basics.tsx";
import { Chart } from "../parts/chart.tsx";
import { beat, endsOfGroups, groups as known, history } from "../state/live.ts";
import { hrefOf, route } from "../state/route.ts";
import { type GroupView, groupViews } from "../state/view.ts";
import { DeleteGroup, ResetGroup } from "./group_reset.tsx";
import { GroupState } from "./groups.tsx";

function ownerOf(group: GroupView, topic: string, partition: number): string {
  const owner = group.members.find(({ assigned }) =>
    assigned.some((one) => one.topic === topic && one.partitions.includes(partition))
  );
  return owner?.clientId ?? UNKNOWN;
}

function Positions({ group }: { group: GroupView }) {
  const ends = endsOfGroups.value;
  const rows = [...group.committed].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  );
  if (rows.length === 0) {
    return (
      <Empty title="No positions yet">
        <p class="quiet">The group has not committed anything.</p>
      </Empty>
    );
  }
  return (
    <TableBox label="Positions">
      <table>
        <thead>
          <tr>
            <th>Topic</th>
            <th class="number">Partition</th>
            <th class="number">Position</th>
            <th class="number">End</th>
            <th class="number">Lag</th>
            <th class="number">Behind by</th>
            <th>Member</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ topic, partition, offset }) => {
            const end = ends.get(`${topic}/${partition}`) ?? -1;
            const lag = end < 0 ? null : Math.max(0, end - offset);
            const age = lag === 0 ? 0 : history.ageOf(topic, partition, offset);
            return (
              <tr key={`${topic}/${partition}`}>
                <td>
                  <a href={hrefOf(["topics", topic])}>{topic}</a>
                </td>
                <td class="number">{partition}</td>
                <td class="number">{count(offset)}</td>
                <td class="number">{count(end)}</td>
                <td class="number">{count(lag)}</td>
                <td class="number">{lag === 0 ? "" : age === null ? "longer than seen" : duration(age)}</td>
                <td>{ownerOf(group, topic, partition)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

function Members({ group: { members } }: { group: GroupView }) {
  if (members.length === 0) {
    return (
      <Empty title="Nobody is in the group">
        <p class="quiet">
          Its positions are kept; the next member goes on from there. They can be moved now.
        </p>
      </Empty>
    );
  }
  return (
    <TableBox label="Members">
      <table>
        <thead>
          <tr>
            <th>Client</th>
            <th>Host</th>
            <th>Partitions</th>
            <th>Member id</th>
          </tr>
        </thead>
        <tbody>
          {members.map(({ memberId, clientId, host, assigned }) => (
            <tr key={memberId}>
              <td>{clientId}</td>
              <td>{host}</td>
              <td>
                {assigned.length === 0
                  ? "none"
                  : assigned.map(({ topic, partitions }) => (
                    <div key={topic}>{topic}: {partitions.join(", ")}</div>
                  ))}
              </td>
              <td class="mono small wrap">{memberId}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function GroupBody({ group }: { group: GroupView }) {
  const { groupId, lag, members, assignor, coordinator } = group;
  return (
    <div class="stack">
      <Figures
        items={[
          {
            label: "Lag",
            value: (
              <>
                {compact(lag)}
                <small>&nbsp;records</small>
              </>
            ),
          },
          { label: "Consumes", value: rate(history.latest(`out:${groupId}`) ?? 0) },
          { label: "Members", value: members.length },
          { label: "Assignor", value: assignor === "" ? UNKNOWN : assignor, tone: "words" },
          { label: "Coordinator", value: `Broker ${coordinator}` },
        ]}
      />
      <Panel title="Lag" aside="records of all partitions, since this page was opened">
        <Chart
          title={`Lag of ${groupId}`}
          format={(value) => compact(value)}
          steps="whole"
          lines={[{ series: `lag:${groupId}`, label: "Lag", colour: "--water-2" }]}
        />
      </Panel>
      <Panel title="Positions" flush>
        <Positions group={group} />
      </Panel>
      <Panel title="Members" flush>
        <Members group={group} />
      </Panel>
    </div>
  );
}

export function Group() {
  beat.value;
  const [, groupId = ""] = route.value.path;
  const dialog = useSignal<"reset" | "delete" | null>(null);
  const group = groupViews.value.find((one) => one.groupId === groupId);
  const crumb = { label: "Groups", href: "#/groups" };
  if (group === undefined) {
    return (
      <>
        <PageHead title={groupId} crumb={crumb} />
        <Panel>
          <Empty title={known.value === null ? "Waiting for the first look" : "There is no such group"} />
        </Panel>
      </>
    );
  }
  const close = () => dialog.value = null;
  const isBusy = group.members.length > 0;
  const lead = (
    <span class="row">
      <GroupState state={group.state} />
      {isBusy && <span class="small">Its positions can be moved when nobody is in it.</span>}
    </span>
  );
  return (
    <>
      <PageHead title={groupId} crumb={crumb} lead={lead}>
        <button type="button" class="button" disabled={isBusy} onClick={() => dialog.value = "reset"}>
          Move positions
        </button>
        <button type="button" class="button danger" disabled={isBusy} onClick={() => dialog.value = "delete"}>
          Delete
        </button>
      </PageHead>
      {dialog.value === "reset" && <ResetGroup group={group} onClose={close} />}
      {dialog.value === "delete" && <DeleteGroup group={group} onClose={close} />}
      <GroupBody group={group} />
    </>
  );
}
