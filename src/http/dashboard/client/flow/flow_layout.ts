/**
 * Where things are in the picture of the flow: producers on the left, topics with their partitions in the middle,
 * groups on the right. Heights are in proportion to records a second, but nothing is too thin to be seen.
 */

export interface FlowTopic {
  readonly name: string;
  /** Records a second into each partition. */
  readonly partitions: readonly number[];
}

export interface FlowGroup {
  readonly groupId: string;
  readonly lag: number;
  /** Records a second out of each topic that the group reads. */
  readonly reads: readonly { readonly topic: string; readonly rate: number }[];
}

export interface FlowBox {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rate: number;
}

export interface FlowPartition extends FlowBox {
  readonly index: number;
}

export interface FlowTopicBox extends FlowBox {
  readonly partitions: readonly FlowPartition[];
}

/** A band between two boxes; `from` and `to` are the middles of its ends. */
export interface FlowBand {
  readonly id: string;
  readonly rate: number;
  readonly thickness: number;
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
}

export interface FlowPicture {
  readonly height: number;
  readonly producers: FlowBox;
  readonly topics: readonly FlowTopicBox[];
  readonly groups: readonly FlowBox[];
  readonly bands: readonly FlowBand[];
}

const MIN_BOX = 34;
const MIN_BAND = 1.5;
const GAP = 18;
/** The height that all records together would take. */
const FLOW_HEIGHT = 260;

export function flowLayout(
  topics: readonly FlowTopic[],
  groups: readonly FlowGroup[],
  width: number,
): FlowPicture {
  const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
  const inflow = sum(topics.flatMap(({ partitions }) => partitions));
  const outflow = sum(groups.flatMap(({ reads }) => reads.map(({ rate }) => rate)));
  const scale = FLOW_HEIGHT / Math.max(inflow, outflow, 1e-9);
  const boxWidth = Math.max(12, Math.min(22, width / 40));
  const columns = [0, width * 0.46, width - boxWidth] as const;
  const thickness = (rate: number) => rate <= 0 ? 0 : Math.max(MIN_BAND, rate * scale);

  const topicBoxes = stacked(
    topics,
    (topic) => {
      const rate = sum(topic.partitions);
      const out = sum(
        groups.flatMap(({ reads }) => reads.filter((one) => one.topic === topic.name).map((one) => one.rate)),
      );
      return {
        id: topic.name,
        rate,
        height: Math.max(MIN_BOX, rate * scale, out * scale, topic.partitions.length * 4),
      };
    },
    columns[1],
    boxWidth,
  );
  const groupBoxes = stacked(
    groups,
    ({ groupId, reads }) => {
      const rate = sum(reads.map((one) => one.rate));
      return { id: groupId, rate, height: Math.max(MIN_BOX, rate * scale) };
    },
    columns[2],
    boxWidth,
  );
  const height = Math.max(bottomOf(topicBoxes), bottomOf(groupBoxes), MIN_BOX * 2);
  const sourceHeight = Math.max(MIN_BOX, inflow * scale);
  const producers = {
    id: "producers",
    x: columns[0],
    y: (height - sourceHeight) / 2,
    width: boxWidth,
    height: sourceHeight,
    rate: inflow,
  };
  return {
    height,
    producers,
    topics: topicBoxes.map((box, index) => ({
      ...box,
      partitions: partitionsOf(box, topics[index]!.partitions),
    })),
    groups: groupBoxes,
    bands: bandsOf(producers, topicBoxes, groupBoxes, groups, thickness),
  };
}

function stacked<T>(
  items: readonly T[],
  measure: (item: T) => { readonly id: string; readonly rate: number; readonly height: number },
  x: number,
  width: number,
): FlowBox[] {
  let y = GAP;
  return items.map((item) => {
    const box = { ...measure(item), x, y, width };
    y += box.height + GAP + 16;
    return box;
  });
}

function bottomOf(boxes: readonly FlowBox[]): number {
  const last = boxes.at(-1);
  return last === undefined ? 0 : last.y + last.height + GAP;
}

/** The partitions share the height of their topic evenly: their shade tells how busy they are. */
function partitionsOf(box: FlowBox, rates: readonly number[]): FlowPartition[] {
  const height = box.height / Math.max(1, rates.length);
  return rates.map((rate, index) => ({
    id: `${box.id}/${index}`,
    index,
    x: box.x,
    y: box.y + index * height,
    width: box.width,
    height: Math.max(1, height - 1),
    rate,
  }));
}

function bandsOf(
  producers: FlowBox,
  topics: readonly FlowBox[],
  boxes: readonly FlowBox[],
  groups: readonly FlowGroup[],
  thickness: (rate: number) => number,
): FlowBand[] {
  const bands: FlowBand[] = [];
  const sources = new Slots(producers);
  const leaving = new Map(topics.map((box) => [box.id, new Slots(box)]));
  for (const box of topics) {
    const size = thickness(box.rate);
    const middle = box.y + box.height / 2;
    bands.push({
      id: `>${box.id}`,
      rate: box.rate,
      thickness: size,
      from: { x: producers.x + producers.width, y: sources.take(size) },
      to: { x: box.x, y: middle },
    });
  }
  for (const [index, { groupId, reads }] of groups.entries()) {
    const box = boxes[index]!;
    const arriving = new Slots(box);
    for (const { topic, rate } of reads) {
      const source = topics.find(({ id }) => id === topic);
      if (source === undefined) continue;
      const size = thickness(rate);
      bands.push({
        id: `${topic}>${groupId}`,
        rate,
        thickness: size,
        from: { x: source.x + source.width, y: leaving.get(topic)!.take(size) },
        to: { x: box.x, y: arriving.take(size) },
      });
    }
  }
  return bands;
}

/** Places along the side of a box, from its top. */
class Slots {
  #next: number;
  readonly #end: number;

  constructor({ y, height }: FlowBox) {
    this.#next = y;
    this.#end = y + height;
  }

  /** The middle of the next `size`. */
  take(size: number): number {
    const room = Math.max(size, 4);
    const middle = Math.min(this.#next + room / 2, this.#end - Math.min(room, 4) / 2);
    this.#next += room;
    return middle;
  }
}
