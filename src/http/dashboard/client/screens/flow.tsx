/** @jsxImportSource preact */
/** How records move: from producers into the partitions of topics, and from there to groups. */

import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { type FlowBand, type FlowBox, flowLayout, type FlowTopicBox } from "../flow/flow_layout.ts";
import { compact, plural, rate } from "../format.ts";
import { PageHead, Panel } from "../parts/basics.tsx";
import { beat, history, layout } from "../state/live.ts";
import { goTo } from "../state/route.ts";
import { groupViews, type TopicView, topicViews } from "../state/view.ts";
import { FirstRecord } from "./first_record.tsx";

/** The busiest are drawn; more would be a knot. */
const MAX_TOPICS = 10;
const MAX_GROUPS = 10;
/** Below this width names stand alone, in pixels. */
const NARROW = 560;

function rateOf(series: string): number {
  return history.latest(series) ?? 0;
}

function busiest(topics: readonly TopicView[]): readonly TopicView[] {
  return topics
    .filter(({ isInternal }) => !isInternal)
    .sort((a, b) => rateOf(`in:${b.name}`) - rateOf(`in:${a.name}`))
    .slice(0, MAX_TOPICS)
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function Band({ band: { rate: now, thickness, from, to } }: { band: FlowBand }) {
  const bend = (to.x - from.x) / 2;
  const d = `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
  if (now <= 0) return <path class="band idle" d={d} stroke-width="1.5" />;
  return (
    <g>
      <path class="band" d={d} stroke-width={thickness} />
      <path class={`drops ${now > 100 ? "fast" : ""}`} d={d} stroke-width={Math.min(thickness, 3)} />
    </g>
  );
}

/** A name above a box; `end` sets it against the right edge. */
function Label(
  { box, text, note, end }: { box: FlowBox; text: string; note: string | null; end?: boolean },
) {
  return (
    <text x={end ? box.x + box.width : box.x} y={box.y - 6} text-anchor={end ? "end" : "start"}>
      <tspan class="flow-name">{text}</tspan>
      {note !== null && <tspan class="flow-rate" dx="7">{note}</tspan>}
    </text>
  );
}

function TopicBox({ box, isNarrow }: { box: FlowTopicBox; isNarrow: boolean }) {
  const most = Math.max(1e-9, ...box.partitions.map((one) => one.rate));
  return (
    <g class="flow-topic" onClick={() => goTo(["topics", box.id])}>
      {box.partitions.map(({ index, x, y, width, height, rate: now }) => (
        <rect key={index} x={x} y={y} width={width} height={height} rx="2" opacity={0.35 + 0.65 * now / most}>
          <title>{`${box.id}-${index}: ${rate(now)}`}</title>
        </rect>
      ))}
      <Label box={box} text={shortened(box.id, isNarrow)} note={isNarrow ? null : rate(box.rate)} />
    </g>
  );
}

/** Where the topics of a group are on average, so that bands cross little; -1 when none of them is drawn. */
function placeOf(read: readonly string[], topics: readonly TopicView[]): number {
  const places = read.map((name) => topics.findIndex((topic) => topic.name === name)).filter((place) =>
    place >= 0
  );
  return places.length === 0 ? -1 : places.reduce((sum, place) => sum + place, 0) / places.length;
}

/** A name as long as there is room for; the table below has it whole. */
function shortened(name: string, isNarrow: boolean): string {
  const room = isNarrow ? 14 : 28;
  return name.length > room ? `${name.slice(0, room - 1)}…` : name;
}

function Picture({ width }: { width: number }) {
  const topics = busiest(topicViews.value);
  const groups = groupViews.value
    .map((group) => ({ ...group, place: placeOf(group.topics, topics) }))
    .filter(({ place }) => place >= 0)
    .sort((a, b) => a.place - b.place)
    .slice(0, MAX_GROUPS);
  const picture = flowLayout(
    topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => rateOf(`in:${name}/${index}`)),
    })),
    groups.map(({ groupId, lag, topics: read }) => ({
      groupId,
      lag,
      reads: read.map((topic) => ({ topic, rate: rateOf(`out:${topic}>${groupId}`) })),
    })),
    width,
  );
  const { producers, height } = picture;
  const isNarrow = width < NARROW;
  return (
    <svg
      class="flow"
      width={width}
      height={height + 8}
      viewBox={`0 0 ${width} ${height + 8}`}
      role="img"
      aria-label="Flow of records; the table below says the same in words"
    >
      {picture.bands.map((band) => <Band key={band.id} band={band} />)}
      <rect
        class="flow-producers"
        x={producers.x}
        y={producers.y}
        width={producers.width}
        height={producers.height}
        rx="4"
      />
      <Label box={producers} text="Producers" note={isNarrow ? null : rate(producers.rate)} />
      {picture.topics.map((box) => <TopicBox key={box.id} box={box} isNarrow={isNarrow} />)}
      {picture.groups.map((box, index) => (
        <g
          key={box.id}
          class="flow-group"
          onClick={() => goTo(["groups", box.id])}
        >
          <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="4" />
          <Label
            box={box}
            text={shortened(box.id, isNarrow)}
            note={isNarrow ? null : `lag ${compact(groups[index]!.lag)}`}
            end
          />
        </g>
      ))}
    </svg>
  );
}

function Words() {
  const topics = busiest(topicViews.value);
  return (
    <ul class="flow-words">
      {topics.map(({ name, partitions }) => {
        const readers = groupViews.value.filter((group) => group.topics.includes(name));
        return (
          <li key={name}>
            <a href={`#/topics/${encodeURIComponent(name)}`}>{name}</a>: {rate(rateOf(`in:${name}`))} into
            {" "}
            {plural(partitions.length, "partition")}; {readers.length === 0
              ? <span class="quiet">no group reads it</span>
              : readers.map(({ groupId, members }) =>
                `${groupId} takes ${rate(rateOf(`out:${name}>${groupId}`))} with ${
                  plural(members.length, "member")
                }`
              ).join("; ")}
          </li>
        );
      })}
    </ul>
  );
}

export function Flow() {
  beat.value;
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  useEffect(() => {
    const measure = () => width.value = place.current?.clientWidth ?? 0;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  const isEmpty = layout.value !== null && topicViews.value.every(({ isInternal }) => isInternal);
  return (
    <>
      <PageHead
        title="Flow"
        lead="Bands are as thick as records a second are many. What groups take is seen when they commit."
      />
      <div class="stack">
        {isEmpty && <FirstRecord />}
        <Panel>
          <div ref={place} class="flow-place">
            {width.value > 0 && !isEmpty && <Picture width={width.value} />}
          </div>
        </Panel>
        {!isEmpty && (
          <Panel title="In words">
            <Words />
          </Panel>
        )}
      </div>
    </>
  );
}
