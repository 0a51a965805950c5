/** @jsxImportSource preact */
/** Moves the positions of a group that nobody is in, or deletes it. */

import { useSignal } from "@preact/signals";
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

export function ResetGroup({ group, onClose }: { group: GroupView; onClose: () => void }) {
  const to = useSignal("earliest");
  const offset = useSignal("0");
  const time = useSignal("");
  const topic = useSignal(ALL);
  const typed = useSignal("");
  const moves = useSignal<readonly Move[] | null>(null);
  const problem = useSignal<string | null>(null);
  const ask = async (dryRun: boolean) => {
    const position = to.value === "offset"
      ? offset.value
      : to.value === "time"
      ? `@${new Date(time.value).getTime()}`
      : to.value;
    const answer = await request<{ moves: readonly Move[] }>(
      "POST",
      `${path("consumer-groups", group.groupId)}/reset`,
      { to: position, dryRun, ...(topic.value === ALL ? {} : { topics: [{ topic: topic.value }] }) },
    );
    return answer.moves;
  };
  const isWhole = to.value !== "time" || time.value !== "";
  const preview = async () => {
    try {
      problem.value = null;
      moves.value = await ask(true);
    } catch (error) {
      moves.value = null;
      problem.value = wordsOf(error);
    }
  };
  return (
    <FormDialog
      title={`Move the positions of ${group.groupId}`}
      action="Move"
      danger
      wide
      ready={typed.value === group.groupId && isWhole}
      onSubmit={async () => void await ask(false)}
      onClose={onClose}
    >
      <p>
        The next member begins where you say: records before that are skipped, records after it are read
        again.
      </p>
      <div class="row end">
        <Choice
          label="To"
          value={to}
          class="grow"
          options={[
            ["earliest", "the oldest record"],
            ["latest", "the end"],
            ["offset", "an offset"],
            ["time", "a time"],
          ]}
        />
        {to.value === "offset" && (
          <TextField label="Offset" type="number" min={0} value={offset} class="grow" />
        )}
        {to.value === "time" && <TextField label="Time" type="datetime-local" value={time} class="grow" />}
        <Choice
          label="Topic"
          value={topic}
          class="grow"
          options={[
            [ALL, `all ${plural(group.topics.length, "topic")}`],
            ...group.topics.map((one) =>
              [one, one] as const
            ),
          ]}
        />
        <button type="button" class="button" disabled={!isWhole} onClick={() => void preview()}>
          Show what would move
        </button>
      </div>
      {problem.value !== null && <Note tone="bad">{problem.value}</Note>}
      {moves.value !== null && <Moves moves={moves.value} />}
      <TextField label={`Type ${group.groupId} to confirm`} value={typed} />
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
