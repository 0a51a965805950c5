/** @jsxImportSource preact */
/** The node that serves the page: what is asked of it, and what it costs. */

import { bytes, count, duration, rate, UNKNOWN } from "../format.ts";
import { Empty, Panel, TableBox } from "../parts/basics.tsx";
import { beat, pulse } from "../state/live.ts";

const SHOWN = 8;

export function NodePanel() {
  beat.value;
  const local = pulse.value?.local ?? null;
  if (local === null || local.windowMs === 0) {
    return (
      <Panel title="Requests">
        <Empty title="Counting" />
      </Panel>
    );
  }
  const { nodeId, apis, process, uptimeMs } = local;
  const busiest = [...apis].sort((a, b) => b.requestsPerSecond - a.requestsPerSecond).slice(0, SHOWN);
  const cost = `up ${duration(uptimeMs)}, ${Math.round(process.cpuPercent)} % of a core, ` +
    `${bytes(process.residentBytes)} of memory, event loop ${duration(process.maxLoopDelayMs)} late at most`;
  return (
    <Panel title={`Requests to broker ${nodeId}`} flush aside={cost}>
      <TableBox label={`Requests to broker ${nodeId}`}>
        <table>
          <thead>
            <tr>
              <th>API</th>
              <th class="number">Requests</th>
              <th class="number">Errors</th>
              <th class="number">Half below</th>
              <th class="number">95 % below</th>
              <th class="number">99 % below</th>
            </tr>
          </thead>
          <tbody>
            {busiest.map(({ name, requestsPerSecond, errorsPerSecond, p50Ms, p95Ms, p99Ms }) => (
              <tr key={name}>
                <td>{name}</td>
                <td class="number">{rate(requestsPerSecond)}</td>
                <td class="number">{errorsPerSecond > 0 ? rate(errorsPerSecond) : count(0)}</td>
                {[p50Ms, p95Ms, p99Ms].map((ms, index) => (
                  <td key={index} class="number">{ms === null ? UNKNOWN : duration(ms)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </Panel>
  );
}
