/** @jsxImportSource preact */
/** The form that creates a topic. */

import { useSignal } from "@preact/signals";
import { path, request } from "../api.ts";
import { FormDialog } from "../parts/dialog.tsx";
import { TextArea, TextField } from "../parts/fields.tsx";
import { goTo } from "../state/route.ts";
import { brokerViews } from "../state/view.ts";

/** `name=value` a line, as an object. Throws for a line that is neither empty nor that. */
export function parseConfigs(text: string): Record<string, string> {
  const configs: Record<string, string> = {};
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const equals = line.indexOf("=");
    if (equals < 1) throw new Error(`"${line}" is not a config; wanted name=value`);
    configs[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return configs;
}

export function CreateTopic({ onClose }: { onClose: () => void }) {
  const name = useSignal("");
  const partitions = useSignal("3");
  const live = brokerViews.value.filter(({ isFenced }) => !isFenced).length;
  const replicas = useSignal(String(Math.max(1, Math.min(3, live))));
  const configs = useSignal("");
  const create = async () => {
    await request("POST", path("topics", name.value), {
      partitions: Number(partitions.value),
      replicationFactor: Number(replicas.value),
      configs: parseConfigs(configs.value),
    });
    goTo(["topics", name.value]);
  };
  return (
    <FormDialog
      title="Create a topic"
      action="Create"
      ready={/^[\w.-]{1,249}$/.test(name.value)}
      onSubmit={create}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        required
        hint="ASCII letters, digits, dots, underscores, hyphens"
      />
      <div class="row top">
        <TextField
          label="Partitions"
          type="number"
          min={1}
          value={partitions}
          class="grow"
          hint="As many consumers of one group can share it"
        />
        <TextField
          label="Replicas"
          type="number"
          min={1}
          value={replicas}
          class="grow"
          hint={live === 1 ? "One broker serves" : `${live} brokers serve`}
        />
      </div>
      <TextArea
        label="Configs"
        value={configs}
        placeholder="retention.ms=86400000"
        hint="One name=value a line; what is left out has its default"
      />
    </FormDialog>
  );
}
