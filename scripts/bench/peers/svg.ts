/** Line charts as SVG, with as much as these plots need and no more. */

/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Logarithmic vertical axis. */
  readonly logY?: boolean;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 400;
const MARGIN = { left: 70, right: 20, top: 40, bottom: 55 };

interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** About five round steps from 0 to beyond `max`. */
function linearAxis(max: number, from: number, to: number): Axis {
  const rough = (max || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const count = Math.ceil((max || 1) / step);
  const top = count * step;
  return {
    at: (value) => from + (to - from) * value / top,
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

/** Powers of ten around all values. */
function logAxis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    at: (value) => from + (to - from) * (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  };
}

function tickText(value: number): string {
  if (value >= 1000) return `${+(value / 1000).toPrecision(3)}k`;
  return `${+value.toPrecision(3)}`;
}

/** The chart as the text of an SVG file. */
export function svgChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  if (points.length === 0) return `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`;
  const bottom = HEIGHT - MARGIN.bottom;
  const right = WIDTH - MARGIN.right;
  const x = linearAxis(Math.max(...points.map((point) => point.x)), MARGIN.left, right);
  const ys = points.map((point) => point.y).filter((value) => value > 0);
  const y = chart.logY === true
    ? logAxis(ys, bottom, MARGIN.top)
    : linearAxis(Math.max(...ys), bottom, MARGIN.top);
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${WIDTH / 2}" y="22" text-anchor="middle" font-size="15">${escaped(chart.title)}</text>`,
  ];
  for (const tick of y.ticks) {
    const at = y.at(tick).toFixed(1);
    out.push(`<line x1="${MARGIN.left}" y1="${at}" x2="${right}" y2="${at}" stroke="#ddd"/>`);
    out.push(`<text x="${MARGIN.left - 8}" y="${at}" dy="4" text-anchor="end">${tickText(tick)}</text>`);
  }
  for (const tick of x.ticks) {
    const at = x.at(tick).toFixed(1);
    out.push(`<line x1="${at}" y1="${bottom}" x2="${at}" y2="${bottom + 5}" stroke="#555"/>`);
    out.push(`<text x="${at}" y="${bottom + 18}" text-anchor="middle">${tickText(tick)}</text>`);
  }
  out.push(`<line x1="${MARGIN.left}" y1="${bottom}" x2="${right}" y2="${bottom}" stroke="#555"/>`);
  const middle = (MARGIN.left + right) / 2;
  out.push(`<text x="${middle}" y="${HEIGHT - 14}" text-anchor="middle">${escaped(chart.xLabel)}</text>`);
  const side = (MARGIN.top + bottom) / 2;
  out.push(
    `<text transform="translate(16 ${side}) rotate(-90)" text-anchor="middle">${
      escaped(chart.yLabel)
    }</text>`,
  );
  chart.series.forEach((series, index) => out.push(...drawn(series, { x, y, index })));
  return [...out, "</svg>", ""].join("\n");
}

function drawn(
  { name, colour, points }: Series,
  { x, y, index }: { x: Axis; y: Axis; index: number },
): string[] {
  const places = points.map((point) => [x.at(point.x).toFixed(1), y.at(point.y).toFixed(1)] as const);
  const line = places.map((place) => place.join(",")).join(" ");
  const legendY = MARGIN.top + 12 + index * 18;
  const legendX = MARGIN.left + 14;
  return [
    `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
    `<line x1="${legendX}" y1="${legendY - 4}" x2="${legendX + 22}" y2="${
      legendY - 4
    }" stroke="${colour}" stroke-width="2"/>`,
    `<text x="${legendX + 28}" y="${legendY}">${escaped(name)}</text>`,
  ];
}
