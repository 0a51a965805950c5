/** @jsxImportSource preact */
/** The topics that most records come into now. */

import { Bar, Empty, TableBox } from "../parts/basics.tsx";
import { bytes, rate } from "../format.ts";
import { beat, history } from "../state/live.ts";
import { hrefOf } from "../state/route.ts";
import { topicViews } from "../state/view.ts";

const SHOWN = 6;

export function BusyTopics() {
  beat.value;
  const topics = topicViews.value
    .filter(({ isInternal }) => !isInternal)
    .map((topic) => ({ ...topic, now: history.latest(`in:${topic.name}`) ?? 0 }))
    .sort((a, b) => b.now - a.now || b.sizeBytes - a.sizeBytes)
    .slice(0, SHOWN);
  if (topics.length === 0) return <Empty title="No topics yet" />;
  const most = Math.max(1, ...topics.map(({ now }) => now));
  return (
    <TableBox label="Busiest topics">
      <table>
        <thead>
          <tr>
            <th>Topic</th>
            <th class="number">Records in</th>
            <th>
              <span class="hidden">Share of the busiest</span>
            </th>
            <th class="number">Size</th>
          </tr>
        </thead>
        <tbody>
          {topics.map(({ name, now, sizeBytes }) => (
            <tr key={name}>
              <td>
                <a href={hrefOf(["topics", name])}>{name}</a>
              </td>
              <td class="number">{rate(now)}</td>
              <td class="bar-cell">
                <Bar share={now / most} label={`${Math.round(now / most * 100)} % of the busiest`} />
              </td>
              <td class="number">{bytes(sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
