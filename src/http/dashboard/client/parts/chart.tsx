/** @jsxImportSource preact */
/** A line chart over the last minutes that moves with every pulse. */

import { useSignalEffect } from "@preact/signals";
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

/** The newest values in words, beside the colours: the chart without the picture. */
function Legend({ lines, format }: Pick<ChartProps, "lines" | "format">) {
  beat.value;
  return (
    <div class="legend">
      {lines.map(({ series, label, colour }) => (
        <span key={series}>
          <i style={{ background: `var(${colour})` }} />
          {label} <b>{format(history.latest(series))}</b>
        </span>
      ))}
    </div>
  );
}

export function Chart({ title, lines, format, height = 150, filled = true, steps = "any" }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  /** The plot with the lines that it was made for: those of the next rendering may come before its plot. */
  const drawn = useRef<{ readonly plot: uPlot; readonly lines: readonly Line[] } | null>(null);
  const shape = lines.map(({ series }) => series).join("|");

  useEffect(() => {
    const element = place.current!;
    const make = () => {
      drawn.current?.plot.destroy();
      const plot = new uPlot(
        options({ lines, format, height, filled, steps, element }),
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
      <Legend lines={lines} format={format} />
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

function options(
  { lines, format, height, filled, steps, element }: Omit<ChartProps, "title"> & {
    element: HTMLElement;
    height: number;
  },
): uPlot.Options {
  const quiet = colour("--ink-2");
  const grid = { stroke: colour("--line"), width: 1 };
  const font = "12px system-ui, sans-serif";
  return {
    width: Math.max(element.clientWidth, 120),
    height,
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    legend: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.15 : 1] } },
    axes: [
      {
        stroke: quiet,
        grid: { show: false },
        ticks: { show: false },
        font,
        size: 26,
        space: 90,
        values: (_plot, splits) => splits.map(clockOf),
      },
      {
        stroke: quiet,
        grid,
        ticks: { show: false },
        font,
        size: 62,
        space: 30,
        ...(steps === "any" || steps === undefined ? {} : { incrs: stepSizes[steps] }),
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
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

function clockOf(seconds: number): string {
  const at = new Date(seconds * 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
