/** @jsxImportSource preact */
/** Records of a topic: the newest, those from an offset or a time on, and those that contain something. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { path, request, wordsOf } from "../api.ts";
import { count, plural } from "../format.ts";
import { Empty, Note, Panel } from "../parts/basics.tsx";
import { Choice, TextField } from "../parts/fields.tsx";
import { type RecordPage, RecordScan, type ScanWish } from "../records/scan.ts";
import { route } from "../state/route.ts";
import type { TopicView } from "../state/view.ts";
import { RecordTable } from "./record_table.tsx";

const WANTED = 50;
const ALL = "all";

const beginnings = [
  ["newest", "the newest"],
  ["earliest", "the oldest"],
  ["offset", "an offset"],
  ["time", "a time"],
] as const;

export function Records({ topic }: { topic: TopicView }) {
  const partition = useSignal(route.value.query.get("partition") ?? ALL);
  const from = useSignal("newest");
  const offset = useSignal("0");
  const time = useSignal("");
  const key = useSignal("");
  const value = useSignal("");
  const scan = useSignal<RecordScan | null>(null);
  const looks = useSignal(0);
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const stop = useRef(new AbortController());

  const goOn = async (on: RecordScan) => {
    stop.current.abort();
    const { signal } = stop.current = new AbortController();
    busy.value = true;
    problem.value = null;
    try {
      await on.run(signal, () => !signal.aborted && looks.value++);
    } catch (error) {
      if (!signal.aborted) problem.value = wordsOf(error);
    } finally {
      if (stop.current.signal === signal) busy.value = false;
    }
  };
  const begin = () => {
    const wish: ScanWish = {
      partitions: partition.value === ALL
        ? topic.partitions.map(({ index }) => index)
        : [Number(partition.value)],
      from: positionOf(from.value, offset.value, time.value),
      key: key.value,
      value: value.value,
      wanted: WANTED,
    };
    const next = new RecordScan(
      wish,
      (index, position, limit) => readPage(topic.name, index, position, limit),
    );
    scan.value = next;
    return goOn(next);
  };
  useEffect(() => {
    void begin();
    return () => stop.current.abort();
  }, []);

  const partitions = [
    [ALL, "all"] as const,
    ...topic.partitions.map(({ index }) => [String(index), String(index)] as const),
  ];
  return (
    <div class="stack">
      <form
        class="row end"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <Choice label="Partition" value={partition} options={partitions} class="narrow" />
        <Choice label="Begin with" value={from} options={beginnings} class="narrow" />
        {from.value === "offset" && (
          <TextField label="Offset" type="number" min={0} value={offset} class="narrow" />
        )}
        {from.value === "time" && <TextField label="Time" type="datetime-local" value={time} />}
        <TextField label="Key contains" type="search" value={key} class="grow" />
        <TextField label="Value contains" type="search" value={value} class="grow" />
        <button type="submit" class="button main-action">Look</button>
        {busy.value && (
          <button type="button" class="button" onClick={() => stop.current.abort()}>
            Stop
          </button>
        )}
      </form>
      {problem.value !== null && <Note tone="bad">{problem.value}</Note>}
      <Results scan={scan.value} looks={looks.value} isBusy={busy.value} goOn={goOn} topic={topic} />
    </div>
  );
}

function Results(
  { scan, isBusy, goOn, topic }: {
    scan: RecordScan | null;
    looks: number;
    isBusy: boolean;
    goOn: (scan: RecordScan) => Promise<void>;
    topic: TopicView;
  },
) {
  if (scan === null) return null;
  const { found, lookedAt, isDone } = scan;
  const words = `${plural(found.length, "record")} of ${count(lookedAt)} looked at${
    isDone ? ", which is all" : ""
  }`;
  return (
    <Panel title="Records" flush aside={<span role="status">{isBusy ? `Looking: ${words}` : words}</span>}>
      {found.length > 0
        ? <RecordTable records={found} />
        : (
          <Empty title={isBusy ? "Looking" : lookedAt === 0 ? "No records here" : "Nothing matches"}>
            {!isBusy && lookedAt === 0 && (
              <pre>{`echo '{"hello":"world"}' | sluice produce ${topic.name}`}</pre>
            )}
          </Empty>
        )}
      {!isBusy && !isDone && (
        <div class="more">
          <button
            type="button"
            class="button"
            onClick={() => void goOn(scan)}
          >
            Look further
          </button>
        </div>
      )}
    </Panel>
  );
}

function positionOf(from: string, offset: string, time: string): string {
  if (from === "offset") return offset === "" ? "0" : offset;
  if (from !== "time") return from;
  const atMs = new Date(time).getTime();
  return Number.isNaN(atMs) ? "earliest" : `@${atMs}`;
}

/** A page, or an empty one where the partition does not reach to the position. */
function readPage(topic: string, partition: number, position: string, limit: number): Promise<RecordPage> {
  const query = new URLSearchParams({ offset: position, limit: String(limit) });
  return request("GET", `${path("topics", topic, "partitions", partition)}/consume?${query}`);
}
