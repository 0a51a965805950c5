/** Flame graphs as SVG: a tree of frames with weights, the root at the top, widths in proportion. */

/** A frame and what it called. */
export interface Flame {
  readonly name: string;
  /** Spent here and not in what it called. */
  self: number;
  readonly children: Flame[];
}

const WIDTH = 1200;
const ROW = 17;
/** Narrower frames are left out. */
const MIN_WIDTH = 0.4;
const CHARACTER = 6.6;

/** What a frame and everything below it took. */
export function totalOf(flame: Flame): number {
  return flame.children.reduce((sum, child) => sum + totalOf(child), flame.self);
}

/** Puts siblings of the same name together, all the way down, and sorts them by weight. */
export function merged(flame: Flame): Flame {
  const byName = new Map<string, Flame>();
  for (const child of flame.children) {
    const known = byName.get(child.name);
    if (known === undefined) byName.set(child.name, { ...child, children: [...child.children] });
    else {
      known.self += child.self;
      known.children.push(...child.children);
    }
  }
  const children = [...byName.values()].map(merged).sort((a, b) => totalOf(b) - totalOf(a));
  return { name: flame.name, self: flame.self, children };
}

/** What was spent in each function itself, the most first. */
export function heaviest(flame: Flame): [name: string, self: number][] {
  const byName = new Map<string, number>();
  const walk = (frame: Flame) => {
    byName.set(frame.name, (byName.get(frame.name) ?? 0) + frame.self);
    frame.children.forEach(walk);
  };
  walk(flame);
  return [...byName].sort(([, a], [, b]) => b - a);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

/** The same name has the same colour in every graph. */
function colourOf(name: string): string {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) >>> 0;
  return `hsl(${20 + hash % 40} ${70 + hash % 25}% ${62 + (hash >> 8) % 14}%)`;
}

function depthOf(flame: Flame): number {
  return 1 + Math.max(0, ...flame.children.map(depthOf));
}

/** The text of an SVG file; `unit` says what weights are and how to write them. */
export function flameGraph(root: Flame, title: string, unit: (weight: number) => string): string {
  const total = totalOf(root) || 1;
  const height = (depthOf(root) + 2) * ROW;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="monospace" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="4" y="13">${escaped(`${title}: ${unit(total)}`)}</text>`,
  ];
  const draw = (flame: Flame, x: number, depth: number) => {
    const weight = totalOf(flame);
    const width = weight / total * WIDTH;
    if (width < MIN_WIDTH) return;
    const y = (depth + 1) * ROW;
    const share = (weight / total * 100).toFixed(1);
    const fits = Math.floor((width - 4) / CHARACTER);
    const label = flame.name.length <= fits
      ? flame.name
      : fits > 3
      ? `${flame.name.slice(0, fits - 1)}…`
      : "";
    out.push(
      `<g><title>${
        escaped(`${flame.name}: ${unit(weight)}, ${share}%, itself ${unit(flame.self)}`)
      }</title>` +
        `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${
          colourOf(flame.name)
        }"/>` +
        (label === "" ? "" : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`) +
        "</g>",
    );
    let childX = x;
    for (const child of flame.children) {
      draw(child, childX, depth + 1);
      childX += totalOf(child) / total * WIDTH;
    }
  };
  draw(root, 0, 0);
  return [...out, "</svg>", ""].join("\n");
}
