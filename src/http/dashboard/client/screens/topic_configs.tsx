/** @jsxImportSource preact */
/** The configs of a topic: what was set for it first, then what holds by default; each can be changed. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { path, request, wordsOf } from "../api.ts";
import { Chip, Empty, Note, Panel, TableBox } from "../parts/basics.tsx";
import { FormDialog } from "../parts/dialog.tsx";
import { Check, TextField } from "../parts/fields.tsx";
import { layout } from "../state/live.ts";
import type { TopicView } from "../state/view.ts";

interface Config {
  readonly name: string;
  readonly value: string | null;
  readonly source: string;
  readonly isReadOnly: boolean;
}

function EditConfig(
  { topic, config, onDone, onClose }: {
    topic: string;
    config: Config;
    onDone: () => void;
    onClose: () => void;
  },
) {
  const value = useSignal(config.value ?? "");
  const unset = useSignal(false);
  const change = async () => {
    const configs = { [config.name]: unset.value ? null : value.value };
    await request("PATCH", path("topics", topic), { configs });
    onDone();
  };
  return (
    <FormDialog title={config.name} action="Set" onSubmit={change} onClose={onClose}>
      <TextField label="Value" value={value} disabled={unset.value} />
      {config.source === "topic" && <Check label="Back to what holds by default" value={unset} />}
    </FormDialog>
  );
}

function MorePartitions({ topic, onClose }: { topic: TopicView; onClose: () => void }) {
  const wanted = useSignal(String(topic.partitions.length + 1));
  const grow = async () => {
    await request("PATCH", path("topics", topic.name), { partitions: Number(wanted.value) });
  };
  return (
    <FormDialog
      title="More partitions"
      action="Add them"
      ready={Number(wanted.value) > topic.partitions.length}
      onSubmit={grow}
      onClose={onClose}
    >
      <p>
        Records that have the same key go to another partition from then on, so their order across the change
        is not kept. Partitions cannot be taken away again.
      </p>
      <TextField label="Partitions then" type="number" min={topic.partitions.length + 1} value={wanted} />
    </FormDialog>
  );
}

export function TopicConfigs({ topic }: { topic: TopicView }) {
  const configs = useSignal<readonly Config[] | null>(null);
  const problem = useSignal<string | null>(null);
  const editing = useSignal<Config | null>(null);
  const growing = useSignal(false);
  const filter = useSignal("");
  const load = async () => {
    try {
      const answer = await request<{ configs: readonly Config[] }>("GET", path("topics", topic.name));
      configs.value = answer.configs;
      problem.value = null;
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  // A broker may learn of a change a moment after it was made: the layout tells when it has.
  useSignalEffect(() => {
    layout.value;
    void load();
  });
  const isOwn = ({ source }: Config) => source === "topic";
  const shown = (configs.value ?? [])
    .filter(({ name }) => name.includes(filter.value.toLowerCase()))
    .sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || (a.name < b.name ? -1 : 1));
  return (
    <div class="stack">
      {problem.value !== null && <Note tone="bad">{problem.value}</Note>}
      {editing.value !== null && (
        <EditConfig
          topic={topic.name}
          config={editing.value}
          onDone={() => void load()}
          onClose={() => editing.value = null}
        />
      )}
      {growing.value && <MorePartitions topic={topic} onClose={() => growing.value = false} />}
      <div class="row end">
        <TextField label="Find" type="search" value={filter} placeholder="part of a name" class="grow" />
        <button type="button" class="button" onClick={() => growing.value = true}>More partitions</button>
      </div>
      <Panel flush>
        {shown.length === 0
          ? <Empty title={configs.value === null ? "Asking the broker" : "No config has this in its name"} />
          : (
            <TableBox label={`Configs of ${topic.name}`}>
              <table>
                <thead>
                  <tr>
                    <th>Config</th>
                    <th>Value</th>
                    <th>From</th>
                    <th>
                      <span class="hidden">Change</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((config) => (
                    <tr key={config.name}>
                      <td class="mono wrap">{config.name}</td>
                      <td class="mono wrap">{config.value ?? "–"}</td>
                      <td>{isOwn(config) ? <Chip tone="accent">this topic</Chip> : config.source}</td>
                      <td class="number">
                        {!config.isReadOnly && (
                          <button
                            type="button"
                            class="button compact"
                            aria-label={`Change ${config.name}`}
                            onClick={() => editing.value = config}
                          >
                            Change
                          </button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableBox>
          )}
      </Panel>
    </div>
  );
}
