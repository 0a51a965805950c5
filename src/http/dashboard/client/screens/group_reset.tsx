/** @jsxImportSource preact */
/** Moves the positions of a group that nobody is in, or deletes it. */

import { type Signal, useSignal } from "@preact/signals";
import { path, request, wordsOf } from "../api.ts";
import { count, plural } from "../format.ts";
import { Note, TableBox } from "../parts/basics.tsx";
import { ConfirmByName, FormDialog } from "../parts/dialog.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import type { GroupView } from "../state/view.ts";

const ALL = "";

interface Move {
  readonly topic: string;
  readonly partition: number;
  /** Null when the group had no position. */
  readonly before: number | null;
  readonly after: number;
}

/** What a wish would do, partition by partition. */
function Moves({ moves }: { moves: readonly Move[] }) {
  if (moves.length === 0) return <Note>Nothing would move.</Note>;
  return (
    <TableBox label="What would move">
      <table>
        <thead>
          <tr>
            <th>Partition</th>
            <th class="number">Now</th>
            <th class="number">Then</th>
            <th>Means</th>
          </tr>
        </thead>
        <tbody>
          {moves.map(({ topic, partition, before, after }) => (
            <tr key={`${topic}/${partition}`}>
              <td>{topic}-{partition}</td>
              <td class="number">{count(before)}</td>
              <td class="number">{count(after)}</td>
              <td>{meaningOf(before, after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function meaningOf(before: number | null, after: number): string {
  if (before === null) return "a first position";
  if (after === before) return "no change";
  return after < before ? `${count(before - after)} read again` : `${count(after - before)} skipped`;
}

/** Where positions are to go, as the fields of the form have it. */
interface Target {
  readonly to: Signal<string>;
  readonly offset: Signal<string>;
  readonly time: Signal<string>;
  readonly topic: Signal<string>;
}

const beginnings = [
  ["earliest", "the oldest record"],
  ["latest", "the end"],
  ["offset", "an offset"],
  ["time", "a time"],
] as const;

function TargetFields({ target: { to, offset, time, topic }, topics }: {
  target: Target;
  topics: readonly string[];
}) {
  const places = [[ALL, `all ${plural(topics.length, "topic")}`], ...topics.map((one) => [one, one])];
  return (
    <>
      <Choice label="To" value={to} class="grow" options={beginnings} />
      {to.value === "offset" && (
        <TextField
          label="Offset"
          type="number"
          min={0}
          value={offset}
          class="grow"
        />
      )}
      {to.value === "time" && <TextField label="Time" type="datetime-local" value={time} class="grow" />}
      <Choice label="Topic" value={topic} class="grow" options={places as [string, string][]} />
    </>
  );
}

function positionOf({ to, offset, time }: Target): string {
  if (to.value === "offset") return offset.value;
  return to.value === "time" ? `@${new Date(time.value).getTime()}` : to.value;
}

/** Moves the positions, or says what that would do. */
async function move(groupId: string, target: Target, dryRun: boolean): Promise<readonly Move[]> {
  const { value: topic } = target.topic;
  const answer = await request<{ moves: readonly Move[] }>(
    "POST",
    `${path("consumer-groups", groupId)}/reset`,
    { to: positionOf(target), dryRun, ...(topic === ALL ? {} : { topics: [{ topic }] }) },
  );
  return answer.moves;
}

export function ResetGroup(
  { group: { groupId, topics }, onClose }: { group: GroupView; onClose: () => void },
) {
  const target: Target = {
    to: useSignal("earliest"),
    offset: useSignal("0"),
    time: useSignal(""),
    topic: useSignal(ALL),
  };
  const typed = useSignal("");
  const moves = useSignal<readonly Move[] | null>(null);
  const problem = useSignal<string | null>(null);
  const isWhole = target.to.value !== "time" || target.time.value !== "";
  const preview = async () => {
    problem.value = moves.value = null;
    try {
      moves.value = await move(groupId, target, true);
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  return (
    <FormDialog
      title={`Move the positions of ${groupId}`}
      action="Move"
      danger
      wide
      ready={typed.value === groupId && isWhole}
      onSubmit={async () => void await move(groupId, target, false)}
      onClose={onClose}
    >
      <p>
        The next member begins where you say: records before that are skipped, records after it are read
        again.
      </p>
      <div class="row end">
        <TargetFields target={target} topics={topics} />
        <button type="button" class="button" disabled={!isWhole} onClick={() => void preview()}>
          Show what would move
        </button>
      </div>
      {problem.value !== null && <Note tone="bad">{problem.value}</Note>}
      {moves.value !== null && <Moves moves={moves.value} />}
      <TextField label={`Type ${groupId} to confirm`} value={typed} />
    </FormDialog>
  );
}

export function DeleteGroup({ group, onClose }: { group: GroupView; onClose: () => void }) {
  const remove = async () => {
    await request("DELETE", path("consumer-groups", group.groupId));
    location.hash = "#/groups";
  };
  return (
    <ConfirmByName
      title="Delete this group"
      name={group.groupId}
      action="Delete for ever"
      onConfirm={remove}
      onClose={onClose}
    >
      <p>Its positions are forgotten: consumers that come back begin as if they had never read anything.</p>
    </ConfirmByName>
  );
}
