/** Ratios as bars on a logarithmic axis, to the right of 1 where the figure is larger than the other's. */

/** A bar. */
export interface RatioBar {
  readonly label: string;
  readonly ratio: number;
  readonly isAhead: boolean;
}

const WIDTH = 860;
const ROW = 18;
const LEFT = 230;
const RIGHT = 60;
const TOP = 46;
const AHEAD = "#0b7285";
const BEHIND = "#d9480f";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** The powers of two that hold all ratios, and 1. */
function bounds(bars: readonly RatioBar[]): { low: number; high: number } {
  const logs = bars.map(({ ratio }) => Math.log2(ratio));
  return {
    low: Math.min(-1, Math.floor(Math.min(...logs))),
    high: Math.max(1, Math.ceil(Math.max(...logs))),
  };
}

/** The chart as the text of an SVG file. */
export function ratioChart(title: string, bars: readonly RatioBar[]): string {
  const { low, high } = bounds(bars);
  const x = (ratio: number) => LEFT + (Math.log2(ratio) - low) / (high - low) * (WIDTH - LEFT - RIGHT);
  const height = TOP + bars.length * ROW + 24;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="15">${escaped(title)}</text>`,
  ];
  const step = Math.max(1, Math.ceil((high - low) / 10));
  for (let power = low; power <= high; power++) {
    if (power % step !== 0) continue;
    const at = x(2 ** power).toFixed(1);
    const colour = power === 0 ? "#333" : "#ddd";
    out.push(`<line x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${height - 20}" stroke="${colour}"/>`);
    out.push(
      `<text x="${at}" y="${height - 6}" text-anchor="middle">${+(2 ** power).toPrecision(2)}x</text>`,
    );
  }
  bars.forEach(({ label, ratio, isAhead }, index) => {
    const y = TOP + index * ROW;
    const [from, to] = ratio < 1 ? [x(ratio), x(1)] : [x(1), x(ratio)];
    out.push(`<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escaped(label)}</text>`);
    out.push(
      `<rect x="${from.toFixed(1)}" y="${y + 2}" width="${Math.max(1, to - from).toFixed(1)}" height="${
        ROW - 5
      }" fill="${isAhead ? AHEAD : BEHIND}"/>`,
    );
    out.push(`<text x="${(to + 5).toFixed(1)}" y="${y + 12}">${+ratio.toPrecision(2)}x</text>`);
  });
  return [...out, "</svg>", ""].join("\n");
}
