/** What the server tells of the cluster, as signals that screens read. The stream ends while nobody looks. */

import { batch, computed, signal } from "@preact/signals";
import type { GroupPicture, Layout, Pulse, Session, StoragePicture } from "../../picture.ts";
import { endsOf, History } from "./history.ts";

export type Connection = "connecting" | "live" | "lost";

export const connection = signal<Connection>("connecting");
export const session = signal<Session>({ demo: false });
export const layout = signal<Layout | null>(null);
export const pulse = signal<Pulse | null>(null);
export const groups = signal<readonly GroupPicture[] | null>(null);
/** Where partitions ended when {@link groups} was seen: positions and ends of other moments make no lag. */
export const endsOfGroups = signal<ReadonlyMap<string, number>>(new Map());
export const storage = signal<StoragePicture | null>(null);
/** What moved over the last minutes. */
export const history = new History();
/** Counts up whenever {@link history} has changed. */
export const beat = signal(0);

/** The first broker in charge of metadata, as far as anybody knows; -1 for none. */
export const activeController = computed(() => pulse.value?.quorum?.leaderId ?? -1);

/** A hidden page that nobody comes back to within this time stops asking, in milliseconds. */
const HIDDEN_MS = 20_000;
/** A stream that says nothing for so long is dead, even if nobody says so, in milliseconds. */
const SILENCE_MS = 5_000;
/** How long to wait before asking again after the stream broke, in milliseconds. */
const RETRY_MS = 1_000;
const AT_ONCE_MS = 50;

let source: EventSource | null = null;
/** How often in a row the stream broke. */
let failures = 0;
let hiding: ReturnType<typeof setTimeout> | undefined;

function open(): void {
  source?.close();
  const stream = source = new EventSource("/dashboard/events");
  stream.addEventListener("layout", (event) => {
    layout.value = JSON.parse((event as MessageEvent<string>).data) as Layout;
  });
  const giveUp = () => {
    clearTimeout(silence);
    stream.close();
    if (source !== stream) return;
    source = null;
    // The first time it may just be that another node takes over behind the same address.
    const isFirst = failures++ === 0;
    if (!isFirst) connection.value = "lost";
    const waitMs = isFirst ? AT_ONCE_MS : RETRY_MS;
    setTimeout(() => source === null && document.visibilityState === "visible" && open(), waitMs);
  };
  let silence = setTimeout(giveUp, SILENCE_MS);
  stream.addEventListener("pulse", (event) => {
    clearTimeout(silence);
    silence = setTimeout(giveUp, SILENCE_MS);
    takePulse(JSON.parse((event as MessageEvent<string>).data) as Pulse);
  });
  // The browser's own retries end with an answer other than 200, such as that of a proxy without a broker.
  stream.onerror = giveUp;
}

function takePulse(next: Pulse): void {
  failures = 0;
  batch(() => {
    connection.value = "live";
    if (next.groups !== null) {
      groups.value = next.groups;
      if (layout.value !== null) endsOfGroups.value = endsOf(layout.value, next);
    }
    if (next.storage !== null) storage.value = next.storage;
    pulse.value = next;
    if (layout.value !== null) history.add(layout.value, next);
    beat.value++;
  });
}

/** Follows the cluster for as long as somebody looks at the page. */
export function startLive(): void {
  open();
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.visibilityState === "visible") {
      if (source === null) open();
      return;
    }
    hiding = setTimeout(() => {
      source?.close();
      source = null;
    }, HIDDEN_MS);
  });
}

/** Asks what this page may show. */
export async function loadSession(): Promise<void> {
  try {
    const response = await fetch("/dashboard/session");
    if (response.ok) session.value = await response.json() as Session;
  } catch {
    // The stream says that there is no server; the laboratory just stays away.
  }
}
