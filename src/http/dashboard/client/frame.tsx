/** @jsxImportSource preact */
/** What is around every screen: the name, the way to the others, the state of the connection. */

import type { ComponentChildren } from "preact";
import { Chip } from "./parts/basics.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { connection, layout, session } from "./state/live.ts";
import { route } from "./state/route.ts";
import { chooseTheme, type Theme, theme } from "./state/theme.ts";
import { isStale, troubles } from "./state/view.ts";

const places: readonly { readonly path: string; readonly label: string; readonly icon: IconName }[] = [
  { path: "", label: "Overview", icon: "overview" },
  { path: "brokers", label: "Brokers", icon: "brokers" },
  { path: "topics", label: "Topics", icon: "topics" },
  { path: "groups", label: "Groups", icon: "groups" },
  { path: "flow", label: "Flow", icon: "flow" },
  { path: "quorum", label: "Quorum", icon: "quorum" },
];
const laboratory = { path: "laboratory", label: "Lab", icon: "laboratory" } as const;

const nextTheme: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const themeIcons: Readonly<Record<Theme, IconName>> = { system: "system", light: "sun", dark: "moon" };

function ThemeButton() {
  const now = theme.value;
  return (
    <button
      type="button"
      class="button compact"
      aria-label={`Colours: ${now}. Change to ${nextTheme[now]}`}
      title={`Colours: ${now}`}
      onClick={() => chooseTheme(nextTheme[now])}
    >
      <Icon name={themeIcons[now]} />
    </button>
  );
}

function Navigation() {
  const [current = ""] = route.value.path;
  const shown = session.value.demo ? [...places, laboratory] : places;
  return (
    <nav class="nav" aria-label="Screens">
      <ul>
        {shown.map(({ path, label, icon }) => (
          <li key={path}>
            <a href={`#/${path}`} aria-current={current === path ? "page" : undefined}>
              <Icon name={icon} />
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** One word for how the cluster is. */
export function Verdict() {
  if (connection.value === "lost") return <Chip tone="warn">No connection</Chip>;
  if (connection.value === "connecting") return <Chip>Connecting</Chip>;
  const [worst] = troubles.value;
  if (worst === undefined) return <Chip tone="good">All well</Chip>;
  return <Chip tone={worst.tone}>{worst.tone === "bad" ? "Trouble" : "Degraded"}</Chip>;
}

function StaleNote() {
  if (!isStale.value) return null;
  return (
    <div class="lost" role="status">
      {connection.value === "lost"
        ? "No broker answers; what you see is how it was. Trying again every second."
        : "No controller leads the cluster: who serves and who leads is shown as it last was, and nothing of it can change."}
    </div>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <div class="frame">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector("h1")?.focus();
        }}
      >
        Skip to the content
      </a>
      <div class="side">
        <a class="brand" href="#/">
          <img src={document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? ""} alt="" />
          Sluice
        </a>
        <Navigation />
        <footer>
          <span role="status">
            <Verdict />
          </span>
          <span class="of-cluster">
            {layout.value === null ? "" : `Sluice ${layout.value.software}, by broker ${layout.value.nodeId}`}
          </span>
          <span>
            <ThemeButton />
          </span>
        </footer>
      </div>
      <main class="main" id="content">
        <StaleNote />
        {children}
      </main>
    </div>
  );
}
