/** @jsxImportSource preact */
/** All consumer groups. */

import { useSignal } from "@preact/signals";
import { count, plural, rate } from "../format.ts";
import { Chip, Empty, PageHead, Panel, TableBox, type Tone } from "../parts/basics.tsx";
import { TextField } from "../parts/fields.tsx";
import { type Column, SortableHead, useSorting } from "../parts/sorting.tsx";
import { beat, groups as known, history } from "../state/live.ts";
import { hrefOf } from "../state/route.ts";
import { type GroupView, groupViews } from "../state/view.ts";

const tones: Readonly<Record<string, Tone>> = { Stable: "good", Empty: "plain", Dead: "bad" };

export function GroupState({ state }: { state: string }) {
  return <Chip tone={tones[state] ?? "warn"}>{state.replace(/(?<=[a-z])(?=[A-Z])/g, " ")}</Chip>;
}

const columns: readonly Column<GroupView>[] = [
  { id: "name", label: "Group", value: ({ groupId }) => groupId },
  { id: "state", label: "State", value: ({ state }) => state },
  { id: "members", label: "Members", number: true, value: ({ members }) => members.length },
  { id: "topics", label: "Topics", number: true, value: ({ topics }) => topics.length },
  { id: "lag", label: "Lag", number: true, value: ({ lag }) => lag },
  {
    id: "out",
    label: "Consumes",
    number: true,
    value: ({ groupId }) => history.latest(`out:${groupId}`) ?? 0,
  },
  { id: "coordinator", label: "Coordinator", number: true, value: ({ coordinator }) => coordinator },
];

export function Groups() {
  beat.value;
  const filter = useSignal("");
  const sorting = useSorting(columns, "lag");
  const all = groupViews.value;
  const shown = sorting.sorted(
    all.filter(({ groupId }) => groupId.toLowerCase().includes(filter.value.toLowerCase())),
  );
  return (
    <>
      <PageHead
        title="Groups"
        lead={`${plural(all.length, "group")}. Lag is how many records a group still has to read.`}
      />
      <div class="stack">
        {all.length > 0 && (
          <TextField label="Find" type="search" value={filter} placeholder="part of a name" />
        )}
        <Panel flush>
          {all.length === 0
            ? (
              <Empty title={known.value === null ? "Waiting for the first look" : "No groups yet"}>
                <p>
                  Consumers of one group share the partitions of a topic. This one would begin with the first
                  record:
                </p>
                <pre>sluice consume greetings --group my-group --from start</pre>
              </Empty>
            )
            : (
              <TableBox label="Groups">
                <table>
                  <SortableHead columns={columns} sorting={sorting} />
                  <tbody>
                    {shown.map((group) => (
                      <tr key={group.groupId}>
                        <td>
                          <a href={hrefOf(["groups", group.groupId])}>{group.groupId}</a>
                        </td>
                        <td>
                          <GroupState state={group.state} />
                        </td>
                        <td class="number">{group.members.length}</td>
                        <td class="number">{group.topics.length}</td>
                        <td class="number">{count(group.lag)}</td>
                        <td class="number">{rate(history.latest(`out:${group.groupId}`) ?? 0)}</td>
                        <td class="number">{group.coordinator}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableBox>
            )}
        </Panel>
      </div>
    </>
  );
}
