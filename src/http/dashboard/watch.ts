/**
 * Who watches: one look at the cluster a second, however many pages are open, and none when there is no page. A page
 * that does not read its events misses some of them.
 */

import { messageOf } from "../../core/errors.ts";
import type { HttpContext } from "../context.ts";
import type { Layout, Pulse } from "./picture.ts";
import { Survey } from "./survey/survey.ts";

/** More pages at the same time are refused. */
const MAX_WATCHERS = 64;
const PERIOD_MS = 1_000;
/** Events that a page may leave unread. */
const MAX_UNREAD = 8;

const encoder = new TextEncoder();

/** An event of `text/event-stream`. */
export function eventBytes(name: string, data: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

type Sink = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

interface Watcher {
  readonly sink: Sink;
  /** The version of the layout that it has; 0 when it needs everything, because it is new or missed something. */
  version: number;
}

export class Watch {
  readonly #context: HttpContext;
  readonly #watchers = new Set<Watcher>();
  #isRunning = false;

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** How many pages are open. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** The events from now on; null when too many watch already. */
  open(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#watchers.size >= MAX_WATCHERS || this.#context.stopping?.aborted === true) return null;
    let watcher: Watcher;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (sink) => {
        watcher = { sink, version: 0 };
        this.#watchers.add(watcher);
        this.#begin();
      },
      cancel: () => {
        this.#watchers.delete(watcher);
      },
    }, { highWaterMark: MAX_UNREAD });
  }

  #begin(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run().catch((error) => {
      this.#context.logger.error("the dashboard stopped looking", { error: messageOf(error) });
      this.#isRunning = false;
    });
  }

  async #run(): Promise<void> {
    const { clock } = this.#context;
    const survey = new Survey(this.#context);
    while (this.#watchers.size > 0 && !this.#context.stopping?.aborted) {
      const startMs = clock.monotonicMs();
      const { pulse } = await survey.look();
      this.#tell(survey, pulse);
      await this.#rest(Math.max(PERIOD_MS / 4, PERIOD_MS - (clock.monotonicMs() - startMs)));
    }
    this.#isRunning = false;
    if (this.#context.stopping?.aborted) return this.#end();
    // Somebody may have come between the last look at the watchers and this line.
    if (this.#watchers.size > 0) this.#begin();
  }

  /** Sleeps, but not when the node is about to stop. */
  async #rest(restMs: number): Promise<void> {
    const { timers, stopping } = this.#context;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const timer = timers.after(restMs, wake);
    stopping?.addEventListener("abort", wake);
    await promise;
    timer.cancel();
    stopping?.removeEventListener("abort", wake);
  }

  /** The node stops: whoever watches finds another one. */
  #end(): void {
    for (const { sink } of this.#watchers) sink.close();
    this.#watchers.clear();
  }

  #tell(survey: Survey, pulse: Pulse): void {
    const layout = survey.layout as Layout;
    let layoutBytes: Uint8Array<ArrayBuffer> | null = null;
    let wholeBytes: Uint8Array<ArrayBuffer> | null = null;
    const bytes = eventBytes("pulse", pulse);
    for (const watcher of this.#watchers) {
      if ((watcher.sink.desiredSize ?? 0) <= 0) {
        watcher.version = 0;
        continue;
      }
      const isFirst = watcher.version === 0;
      if (watcher.version !== layout.version) {
        watcher.sink.enqueue(layoutBytes ??= eventBytes("layout", layout));
        watcher.version = layout.version;
      }
      watcher.sink.enqueue(
        isFirst ? wholeBytes ??= eventBytes("pulse", { ...pulse, ...survey.known }) : bytes,
      );
    }
  }
}
