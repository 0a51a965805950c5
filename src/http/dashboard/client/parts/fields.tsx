/** @jsxImportSource preact */
/** Labelled fields of forms, bound to signals. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly value: Signal<string>;
  readonly hint?: ComponentChildren;
  readonly class?: string;
  readonly disabled?: boolean;
}

export function TextField(
  { label, value, hint, disabled, type = "text", placeholder, list, required, min, class: extra = "" }:
    & FieldProps
    & {
      type?: "text" | "number" | "search" | "datetime-local";
      placeholder?: string;
      /** What may be chosen as well as typed. */
      list?: readonly string[];
      required?: boolean;
      min?: number;
    },
) {
  const id = useId();
  return (
    <div class={`field ${extra}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type={type}
        value={value.value}
        autocomplete="off"
        spellcheck={false}
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(disabled ? { disabled } : {})}
        {...(required ? { required } : {})}
        {...(min === undefined ? {} : { min })}
        {...(type === "datetime-local" ? { step: "1" } : {})}
        {...(list === undefined ? {} : { list: `${id}-list` })}
        {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}
        onInput={(event) => value.value = event.currentTarget.value}
      />
      {list && <datalist id={`${id}-list`}>{list.map((one) => <option key={one} value={one} />)}</datalist>}
      {hint !== undefined && <span class="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

export function TextArea({ label, value, hint, placeholder }: FieldProps & { placeholder?: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="input"
        spellcheck={false}
        value={value.value}
        {...(placeholder === undefined ? {} : { placeholder })}
        onInput={(event) => value.value = event.currentTarget.value}
      />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </div>
  );
}

export function Choice(
  { label, value, options, hint, class: extra = "" }: FieldProps & {
    options: readonly (readonly [value: string, label: string])[];
  },
) {
  const id = useId();
  return (
    <div class={`field ${extra}`}>
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value.value}
        onChange={(event) => value.value = event.currentTarget.value}
      >
        {options.map(([one, text]) => <option key={one} value={one}>{text}</option>)}
      </select>
      {hint !== undefined && <span class="hint">{hint}</span>}
    </div>
  );
}

export function Check({ label, value }: { label: string; value: Signal<boolean> }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value.value}
        onChange={(event) => value.value = event.currentTarget.checked}
      />
      {label}
    </label>
  );
}
