/** @jsxImportSource preact */
/** The small parts that screens are made of. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export type Tone = "words" | "plain" | "good" | "warn" | "bad" | "accent" | "quiet";

/** The head of a screen. Takes the focus when the screen opens, so that a screen reader says where one is. */
export function PageHead(
  { title, lead, crumb, children }: {
    title: string;
    lead?: ComponentChildren;
    crumb?: { readonly label: string; readonly href: string };
    children?: ComponentChildren;
  },
) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Sluice`;
    const active = document.activeElement;
    if (active === null || active === document.body || active.closest("nav") !== null) return;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div class="page-head">
      <div>
        {crumb && <a class="crumb" href={crumb.href}>{crumb.label}</a>}
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {lead && <p>{lead}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </div>
  );
}

export function Panel(
  { title, aside, flush, children, id }: {
    title?: ComponentChildren;
    aside?: ComponentChildren;
    /** The content reaches to the edges, as tables do. */
    flush?: boolean;
    children: ComponentChildren;
    id?: string;
  },
) {
  return (
    <section class="panel" id={id}>
      {title && (
        <header>
          <h2>{title}</h2>
          {aside && <div class="quiet small">{aside}</div>}
        </header>
      )}
      <div class={flush ? "flush" : "body"}>{children}</div>
    </section>
  );
}

export function Chip({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`chip ${tone}`}>{children}</span>;
}

/** Says what went wrong where it went wrong. */
export function Note({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }) {
  return <div class={`note ${tone}`} role={tone === "bad" ? "alert" : undefined}>{children}</div>;
}

/** Nothing is there yet, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A row of figures that matter. */
export function Figures(
  { items }: {
    items: readonly {
      readonly label: string;
      readonly value: ComponentChildren;
      readonly tone?: Tone | undefined;
    }[];
  },
) {
  return (
    <dl class="figures">
      {items.map(({ label, value, tone }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class={tone}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A wide table that scrolls on a narrow window, by keyboard too. */
export function TableBox({ label, children }: { label: string; children: ComponentChildren }) {
  return <div class="scroll" role="region" aria-label={label} tabIndex={0}>{children}</div>;
}

/** A share of a whole as a bar. */
export function Bar({ share, label, warn }: { share: number; label: string; warn?: boolean }) {
  const percent = Math.max(0, Math.min(1, share)) * 100;
  return (
    <div class={`bar ${warn ? "warn" : ""}`} role="img" aria-label={label}>
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}

export function Tabs(
  { label, items }: {
    label: string;
    items: readonly { readonly label: string; readonly href: string; readonly on: boolean }[];
  },
) {
  return (
    <nav class="tabs" aria-label={label}>
      {items.map((item) => (
        <a key={item.href} href={item.href} aria-current={item.on ? "page" : undefined}>{item.label}</a>
      ))}
    </nav>
  );
}
