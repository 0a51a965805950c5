/** @jsxImportSource preact */
/** Dialogs: forms that do something, and questions before something that cannot be undone. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { wordsOf } from "../api.ts";
import { Note } from "./basics.tsx";

/** A dialog that is open as long as it is rendered; Escape closes it. */
export function Dialog(
  { title, wide, onClose, children }: {
    title: string;
    wide?: boolean;
    onClose: () => void;
    children: ComponentChildren;
  },
) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    element.current?.showModal();
    return () => opener?.isConnected && opener.focus();
  }, []);
  return (
    <dialog ref={element} class={wide ? "wide" : ""} aria-label={title} onClose={onClose}>
      {children}
    </dialog>
  );
}

/** A form in a dialog: what it does, what may go wrong, and the way out. */
export function FormDialog(
  { title, action, danger, ready = true, wide, onSubmit, onClose, children }: {
    title: string;
    action: string;
    danger?: boolean;
    ready?: boolean;
    wide?: boolean;
    /** Does it; what it throws is shown in the dialog, which closes otherwise unless it should stay. */
    onSubmit: () => Promise<void | "stay">;
    onClose: () => void;
    children: ComponentChildren;
  },
) {
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || !ready) return;
    busy.value = true;
    problem.value = null;
    try {
      if (await onSubmit() !== "stay") onClose();
    } catch (error) {
      problem.value = wordsOf(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={title} onClose={onClose} {...(wide ? { wide } : {})}>
      <form onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        {children}
        {problem.value !== null && <Note tone="bad">{problem.value}</Note>}
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button
            type="submit"
            class={`button main-action ${danger ? "danger" : ""}`}
            disabled={!ready || busy.value}
          >
            {busy.value ? "Working…" : action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Asks for the name of the thing before it is destroyed. */
export function ConfirmByName(
  { title, name, action, onConfirm, onClose, children }: {
    title: string;
    name: string;
    action: string;
    onConfirm: () => Promise<void>;
    onClose: () => void;
    children: ComponentChildren;
  },
) {
  const typed = useSignal("");
  return (
    <FormDialog
      title={title}
      action={action}
      danger
      ready={typed.value === name}
      onSubmit={onConfirm}
      onClose={onClose}
    >
      <div>{children}</div>
      <div class="field">
        <label for="confirm-name">
          Type <code>{name}</code> to confirm
        </label>
        <input
          id="confirm-name"
          class="input mono"
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          onInput={(event) => typed.value = event.currentTarget.value}
        />
      </div>
    </FormDialog>
  );
}
