/** @jsxImportSource preact */
/** A line chart over the last minutes that moves with every pulse. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { beat, history } from "../state/live.ts";
import type { Sample } from "../state/history.ts";
import { colour, colours } from "../state/theme.ts";

export interface Line {
  /** A series of the history. */
  readonly series: string;
  readonly label: string;
  /** A variable of the style sheet, such as `--water`. */
  readonly colour: string;
}

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly format: (value: Sample | undefined) => string;
  readonly height?: number;
  /** Where lines across may be: anywhere, at whole numbers, or at powers of two for bytes. */
  readonly steps?: "any" | "whole" | "binary";
  /** Fills the area below the first line. */
  readonly filled?: boolean;
}

/** How much time is drawn, at most and while little is known yet, in seconds. */
const WINDOW_S = { most: 180, least: 45 };

const stepSizes = {
  binary: Array.from({ length: 48 }, (_, power) => 2 ** power),
  whole: Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat(),
};

/** The values in words, beside the colours: those under the pointer, or the newest. */
function Legend(
  { lines, format, pointed }: Pick<ChartProps, "lines" | "format"> & { pointed: Signal<number | null> },
) {
  beat.value;
  const at = pointed.value;
  const seconds = at === null ? undefined : history.times[at];
  return (
    <div class="legend">
      {lines.map(({ series, label, colour }) => (
        <span key={series}>
          <i style={{ background: `var(${colour})` }} />
          {label} <b>{format(at === null ? history.latest(series) : history.series(series)[at])}</b>
        </span>
      ))}
      {seconds !== undefined && <span>at {clockOf(seconds)}</span>}
    </div>
  );
}

export function Chart({ title, lines, format, height = 150, filled = true, steps = "any" }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  /** The plot with the lines that it was made for: those of the next rendering may come before its plot. */
  const drawn = useRef<{ readonly plot: uPlot; readonly lines: readonly Line[] } | null>(null);
  const pointed = useSignal<number | null>(null);
  const shape = lines.map(({ series }) => series).join("|");

  useEffect(() => {
    const element = place.current!;
    const make = () => {
      drawn.current?.plot.destroy();
      const plot = new uPlot(
        options({ lines, format, height, filled, steps, element, pointed }),
        dataOf(lines),
        element,
      );
      drawn.current = { plot, lines };
    };
    // Subscribing draws it for the first time.
    const stopColours = colours.subscribe(make);
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) drawn.current?.plot.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      stopColours();
      drawn.current?.plot.destroy();
      drawn.current = null;
    };
  }, [shape, height]);

  useSignalEffect(() => {
    beat.value;
    const nowS = history.times.at(-1) ?? 0;
    if (drawn.current === null) return;
    const { plot, lines: known } = drawn.current;
    plot.batch(() => {
      plot.setData(dataOf(known), false);
      plot.setScale("x", { min: nowS - windowS(nowS), max: nowS });
    });
  });

  return (
    <figure>
      <Legend lines={lines} format={format} pointed={pointed} />
      <div class="chart" ref={place} role="img" aria-label={`${title}: the last three minutes`} />
    </figure>
  );
}

function windowS(nowS: number): number {
  const known = nowS - (history.times[0] ?? nowS);
  return Math.min(WINDOW_S.most, Math.max(WINDOW_S.least, known));
}

function dataOf(lines: readonly Line[]): uPlot.AlignedData {
  return [history.times, ...lines.map(({ series }) => [...history.series(series)])];
}

interface Drawing extends Omit<ChartProps, "title"> {
  readonly element: HTMLElement;
  readonly height: number;
  /** The sample under the pointer. */
  readonly pointed: Signal<number | null>;
}

function options({ lines, format, height, filled, steps, element, pointed }: Drawing): uPlot.Options {
  return {
    width: Math.max(element.clientWidth, 120),
    height,
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: {
      setCursor: [({ cursor: { left = -1, idx } }) => {
        pointed.value = left < 0 ? null : idx ?? null;
      }],
    },
    legend: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.15 : 1] } },
    axes: axes(format, steps ?? "any"),
    series: [
      {},
      ...lines.map(({ label, colour: name }, index): uPlot.Series => ({
        label,
        stroke: colour(name),
        width: 1.8,
        points: { show: false },
        ...(filled && index === 0 ? { fill: `${colour(name)}26` } : {}),
      })),
    ],
  };
}

function axes(format: ChartProps["format"], steps: NonNullable<ChartProps["steps"]>): uPlot.Axis[] {
  const both = { stroke: colour("--ink-2"), ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return [
    {
      ...both,
      grid: { show: false },
      size: 26,
      space: 90,
      values: (_plot, splits) => splits.map(clockOf),
    },
    {
      ...both,
      grid: { stroke: colour("--line"), width: 1 },
      size: 62,
      space: 30,
      ...(steps === "any" ? {} : { incrs: stepSizes[steps] }),
      values: (_plot, splits) => splits.map((value) => format(value)),
    },
  ];
}

function clockOf(seconds: number): string {
  const at = new Date(seconds * 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
