/** @jsxImportSource preact */
/** Records in rows; one opens to show everything of it. */

import { useSignal } from "@preact/signals";
import { count, timestamp } from "../format.ts";
import { TableBox } from "../parts/basics.tsx";
import { ValueView } from "../parts/json_view.tsx";
import type { StoredRecord } from "../records/scan.ts";

const PREVIEW = 160;

function preview(text: string | null | undefined, base64: string | undefined): string {
  if (base64 !== undefined) return `base64 ${base64.slice(0, PREVIEW)}`;
  return text === null || text === undefined ? "null" : text.slice(0, PREVIEW);
}

function RecordRows({ record }: { record: StoredRecord }) {
  const open = useSignal(false);
  const { partition, offset, key, keyBase64, value, valueBase64, headers } = record;
  return (
    <>
      <tr class={open.value ? "open" : ""}>
        <td>
          <button
            type="button"
            class="expand"
            aria-expanded={open.value}
            aria-label={`Record ${offset} of partition ${partition}`}
            onClick={() => open.value = !open.value}
          >
            {open.value ? "▾" : "▸"}
          </button>
        </td>
        <td class="number">{partition}</td>
        <td class="number">{count(offset)}</td>
        <td class="time">{timestamp(record.timestamp)}</td>
        <td class="mono clip">{preview(key, keyBase64)}</td>
        <td class="mono clip value">{preview(value, valueBase64)}</td>
      </tr>
      {open.value && (
        <tr class="detail">
          <td colSpan={6}>
            <div class="stack">
              <div>
                <h3>Value</h3>
                <ValueView text={value} base64={valueBase64} />
              </div>
              <div>
                <h3>Key</h3>
                <ValueView text={key} base64={keyBase64} />
              </div>
              {headers.length > 0 && (
                <div>
                  <h3>Headers</h3>
                  <dl class="facts">
                    {headers.map((header, index) => (
                      <>
                        <dt key={`${index}-name`} class="mono">{header.key}</dt>
                        <dd key={`${index}-value`} class="mono">
                          {header.value ?? header.valueBase64 ?? "null"}
                        </dd>
                      </>
                    ))}
                  </dl>
                </div>
              )}
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

export function RecordTable({ records }: { records: readonly StoredRecord[] }) {
  return (
    <TableBox label="Records">
      <table class="records">
        <thead>
          <tr>
            <th>
              <span class="hidden">Open</span>
            </th>
            <th class="number">Partition</th>
            <th class="number">Offset</th>
            <th>Time</th>
            <th>Key</th>
            <th>Value</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <RecordRows
              key={`${record.partition}/${record.offset}`}
              record={record}
            />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
