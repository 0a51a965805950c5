/** @jsxImportSource preact */
/** Records of a topic: the newest, those from an offset or a time on, those that come, and those that contain something. */

import { useEffect, useMemo } from "preact/hooks";
import { count, plural } from "../format.ts";
import { Empty, Note, Panel } from "../parts/basics.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import { ALL, FOLLOW, RecordLook } from "../records/look.ts";
import { route } from "../state/route.ts";
import type { TopicView } from "../state/view.ts";
import { RecordTable } from "./record_table.tsx";

const beginnings = [
  ["newest", "the newest"],
  ["earliest", "the oldest"],
  ["offset", "an offset"],
  ["time", "a time"],
  [FOLLOW, "what comes now"],
] as const;

function LookForm({ look, topic }: { look: RecordLook; topic: TopicView }) {
  const partitions = [
    [ALL, "all"] as const,
    ...topic.partitions.map(({ index }) => [String(index), String(index)] as const),
  ];
  const { from } = look;
  return (
    <form
      class="row end"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void look.begin(topic.partitions.length);
      }}
    >
      <Choice label="Partition" value={look.partition} options={partitions} class="narrow" />
      <Choice label="Begin with" value={from} options={beginnings} class="narrow" />
      {from.value === "offset" && (
        <TextField label="Offset" type="number" min={0} value={look.offset} class="narrow" />
      )}
      {from.value === "time" && <TextField label="Time" type="datetime-local" value={look.time} />}
      <TextField label="Key contains" type="search" value={look.key} class="grow" />
      <TextField label="Value contains" type="search" value={look.value} class="grow" />
      <button type="submit" class="button main-action">{from.value === FOLLOW ? "Follow" : "Look"}</button>
      {look.isBusy.value && <button type="button" class="button" onClick={() => look.stop()}>Stop</button>}
    </form>
  );
}

function wordsFor({ found, lookedAt, isDone, isFollowing, isBusy }: RecordLook): string {
  const shown = plural(found.length, "record");
  if (isFollowing) return `${shown} of ${count(lookedAt)} that came${isBusy.value ? " so far" : ""}`;
  const words = `${shown} of ${count(lookedAt)} looked at${isDone ? ", which is all" : ""}`;
  return isBusy.value ? `Looking: ${words}` : words;
}

function Nothing({ look, topic }: { look: RecordLook; topic: TopicView }) {
  if (look.isBusy.value) {
    return <Empty title={look.isFollowing ? "Waiting for the next record" : "Looking"} />;
  }
  if (look.lookedAt > 0) return <Empty title="Nothing matches" />;
  return (
    <Empty title="No records here">
      <pre>{`echo '{"hello":"world"}' | sluice produce ${topic.name}`}</pre>
    </Empty>
  );
}

export function Records({ topic }: { topic: TopicView }) {
  const look = useMemo(() => {
    const made = new RecordLook(topic.name);
    made.partition.value = route.value.query.get("partition") ?? ALL;
    return made;
  }, []);
  useEffect(() => {
    void look.begin(topic.partitions.length);
    return () => look.stop();
  }, []);
  look.looks.value;
  return (
    <div class="stack">
      <LookForm look={look} topic={topic} />
      {look.problem.value !== null && <Note tone="bad">{look.problem.value}</Note>}
      <Panel
        title="Records"
        flush
        aside={<span role={look.isFollowing ? undefined : "status"}>{wordsFor(look)}</span>}
      >
        {look.found.length > 0 ? <RecordTable records={look.found} /> : <Nothing look={look} topic={topic} />}
        {!look.isBusy.value && !look.isDone && !look.isFollowing && (
          <div class="more">
            <button type="button" class="button" onClick={() => void look.goOn()}>Look further</button>
          </div>
        )}
      </Panel>
    </div>
  );
}
