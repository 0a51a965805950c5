/** @jsxImportSource preact */
/** Moves the positions of a group that nobody is in, or deletes it. */

import { useSignal } from "@preact/signals";
import { path, request } from "../api.ts";
import { plural } from "../format.ts";
import { ConfirmByName, FormDialog } from "../parts/dialog.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import type { GroupView } from "../state/view.ts";

const ALL = "";

export function ResetGroup({ group, onClose }: { group: GroupView; onClose: () => void }) {
  const to = useSignal("earliest");
  const offset = useSignal("0");
  const time = useSignal("");
  const topic = useSignal(ALL);
  const typed = useSignal("");
  const move = async () => {
    const position = to.value === "offset"
      ? offset.value
      : to.value === "time"
      ? `@${new Date(time.value).getTime()}`
      : to.value;
    await request("POST", `${path("consumer-groups", group.groupId)}/reset`, {
      to: position,
      ...(topic.value === ALL ? {} : { topics: [{ topic: topic.value }] }),
    });
  };
  return (
    <FormDialog
      title={`Move the positions of ${group.groupId}`}
      action="Move"
      danger
      ready={typed.value === group.groupId && (to.value !== "time" || time.value !== "")}
      onSubmit={move}
      onClose={onClose}
    >
      <p>
        The next member begins where you say: records before that are skipped, records after it are read
        again.
      </p>
      <div class="row">
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
      </div>
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
