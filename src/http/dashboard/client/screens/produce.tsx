/** @jsxImportSource preact */
/** The form that sends one record after the other. */

import { useSignal } from "@preact/signals";
import { path, request } from "../api.ts";
import { FormDialog } from "../parts/dialog.tsx";
import { Note } from "../parts/basics.tsx";
import { Choice, TextArea, TextField } from "../parts/fields.tsx";
import type { TopicView } from "../state/view.ts";

interface Stored {
  readonly partition: number;
  readonly offset: number | null;
}

export function ProduceDialog({ topic, onClose }: { topic: TopicView; onClose: () => void }) {
  const key = useSignal("");
  const value = useSignal("");
  const partition = useSignal("");
  const stored = useSignal<Stored | null>(null);
  const send = async () => {
    stored.value = await request<Stored>("POST", `${path("topics", topic.name)}/produce`, {
      ...(key.value === "" ? {} : { key: key.value }),
      value: value.value,
      ...(partition.value === "" ? {} : { partition: Number(partition.value) }),
    });
    value.value = "";
    return "stay" as const;
  };
  return (
    <FormDialog title={`Send a record to ${topic.name}`} action="Send" onSubmit={send} onClose={onClose}>
      <TextField label="Key" value={key} hint="Decides on the partition; may stay empty" />
      <TextArea label="Value" value={value} placeholder='{"id": 7, "state": "paid"}' />
      <Choice
        label="Partition"
        value={partition}
        options={[
          ["", "by the key"],
          ...topic.partitions.map(({ index }) => [String(index), String(index)] as const),
        ]}
      />
      {stored.value !== null && (
        <Note tone="good">
          Stored in partition {stored.value.partition} at offset {stored.value.offset ?? "?"}.
        </Note>
      )}
    </FormDialog>
  );
}
