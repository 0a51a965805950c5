/**
 * One client connection: reads frames, calls handlers, and writes responses in the order of their requests, however
 * the handlers finish. A response is encoded only when the socket takes it, so a client that does not read holds
 * up itself: at most `maxInFlight` answers wait, and until they are gone nothing more is read from it.
 */

import type { ByteWriter } from "../core/bytes.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Clock } from "../platform/platform.ts";
import type { Address, Connection } from "../platform/network.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { dispatch, type Dispatched, encodeResponse } from "./dispatcher.ts";
import { holdingFor, releaseHeld, writeParts } from "./outgoing.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import { type ConnectionInfo, NO_RESPONSE, type Registry } from "./registry.ts";
import type { ApiStats, RequestTimes, ServerStats } from "./stats.ts";

/** Responses are put together into one write up to about this size, in bytes. */
const COALESCED_BYTES = 256 * 1024;

/** When so much is missing of a frame, what comes of it is taken straight to its place, where the network can. */
const TAKEN_FROM_BYTES = 64 * 1024;

/** What all connections of a server share. */
export interface ConnectionShared {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stats: ServerStats;
  readonly buffers: BufferPool;
  readonly maxRequestBytes: number;
  /** How many requests of one connection may await their response's turn. */
  readonly maxInFlight: number;
}

/** A request on its way to its response. */
interface Slot extends Omit<Dispatched, "result">, RequestTimes {
  readonly stats: ApiStats;
  readyMs: number;
  encodedMs: number;
  body: unknown;
  ready: boolean;
}

export class ServerConnection implements ConnectionInfo {
  readonly id: number;
  readonly listener: string;
  readonly local: Address;
  readonly remote: Address;
  closed = false;
  /** When bytes last came in or went out, in monotonic milliseconds. */
  lastActiveMs: number;
  readonly #stream: Connection;
  readonly #shared: ConnectionShared;
  readonly #received: ReceiveBuffer;
  /** When the bytes that are being handled came in. */
  #receivedMs: number;
  /** When the last request was handled, or else what it had to wait for was there: asking the clock has its price. */
  #nowMs: number;
  #slots: Slot[] = [];
  #writing = false;
  #draining = false;
  #roomWaiter: (() => void) | undefined;
  readonly #closeTasks = new Set<() => void>();

  constructor(stream: Connection, identity: { id: number; listener: string }, shared: ConnectionShared) {
    this.id = identity.id;
    this.listener = identity.listener;
    this.local = stream.local;
    this.remote = stream.remote;
    this.#stream = stream;
    this.#shared = shared;
    this.#received = new ReceiveBuffer(shared.buffers, shared.maxRequestBytes);
    this.lastActiveMs = this.#nowMs = this.#receivedMs = shared.clock.monotonicMs();
  }

  /** Whether no request is being answered. */
  get idle(): boolean {
    return this.#slots.length === 0 && !this.#writing;
  }

  /** Whether an answer is on its way to a client that has not taken all of it. */
  get isWriting(): boolean {
    return this.#writing;
  }

  onClose(task: () => void): () => void {
    if (this.closed) task();
    else this.#closeTasks.add(task);
    return () => void this.#closeTasks.delete(task);
  }

  /** Serves the client until it leaves, misbehaves, or the connection is closed. Never rejects. */
  async run(): Promise<void> {
    try {
      if (this.#stream.readChunk === undefined) await this.#readInto();
      else await this.#readChunks();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.close();
      this.#received.release();
    }
  }

  async #readInto(): Promise<void> {
    while (!this.closed) {
      const count = await this.#stream.read(this.#received.space());
      if (count === 0) break;
      this.#onReceived();
      this.#received.filled(count);
      if (!this.#handleFrames()) await this.#handleRest();
    }
  }

  async #readChunks(): Promise<void> {
    while (!this.closed) {
      let chunk = await this.#stream.readChunk!();
      if (chunk.length === 0) break;
      const { buffer } = chunk;
      this.#onReceived();
      // Who drains takes no more requests.
      while (chunk.length > 0 && !this.closed && !this.#draining) {
        const taken = this.#received.accept(chunk);
        chunk = chunk.subarray(taken);
        if (!this.#handleFrames(chunk.length === 0)) await this.#handleRest();
      }
      this.#received.leaveChunk();
      // Left to the garbage collector, buffers would come back cold, and much later than the next one is needed.
      buffer.transfer(0);
      if (this.#stream.readNow !== undefined) await this.#takeLarge();
    }
  }

  /** Takes what has come of a large frame meanwhile: chunks would be copied together. */
  async #takeLarge(): Promise<void> {
    while (!this.closed && !this.#draining && this.#received.missingBytes >= TAKEN_FROM_BYTES) {
      const count = this.#stream.readNow!(this.#received.space());
      if (count === 0) return;
      this.#onReceived();
      this.#received.filled(count);
      if (!this.#handleFrames()) await this.#handleRest();
    }
  }

  #onReceived(): void {
    this.lastActiveMs = this.#nowMs = this.#receivedMs = this.#shared.clock.monotonicMs();
  }

  /** Handles the frames that had to wait until there was room for their responses. */
  async #handleRest(): Promise<void> {
    do {
      await this.#room();
      this.#nowMs = this.#shared.clock.monotonicMs();
    } while (!this.#handleFrames());
  }

  /** Closes at once; responses not yet written are lost. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stream.close();
    this.#roomWaiter?.();
    for (const task of this.#closeTasks) task();
    this.#closeTasks.clear();
  }

  /** Closes as soon as the requests already received are answered. */
  drain(): void {
    this.#draining = true;
    if (this.idle) this.close();
  }

  /**
   * Handles whole frames; false when it stopped because too many requests are in flight. What is answered by now is
   * written, unless more of what was received is to follow at once.
   */
  #handleFrames(isLast = true): boolean {
    const { bytes } = this.#received;
    while (!this.closed && !this.#draining) {
      if (this.#slots.length >= this.#shared.maxInFlight) return false;
      const from = this.#received.nextFrame();
      if (from < 0) break;
      const length = this.#received.frameLength;
      this.#handleFrame({ bytes, from, to: from + length });
      this.#received.dropFrame();
    }
    if (isLast) this.#flush();
    return true;
  }

  #handleFrame(frame: { bytes: Uint8Array; from: number; to: number }): void {
    const { registry, clock } = this.#shared;
    const origin = { connection: this, receivedMs: this.#receivedMs };
    const startedMs = this.#nowMs;
    const { handler, version, correlationId, result } = dispatch(registry, frame, origin);
    const handledMs = clock.monotonicMs();
    this.#nowMs = handledMs;
    const stats = this.#shared.stats.of(handler.api);
    stats.requests++;
    stats.requestBytes += frame.to - frame.from;
    if (result === NO_RESPONSE) return;
    const slot: Slot = {
      handler,
      version,
      correlationId,
      stats,
      receivedMs: origin.receivedMs,
      startedMs,
      handledMs,
      readyMs: handledMs,
      encodedMs: handledMs,
      body: undefined,
      ready: false,
    };
    this.#slots.push(slot);
    if (result instanceof Promise) {
      result.then((body) => this.#finish(slot, body), (error) => this.#fail(error));
    } else {
      slot.body = result;
      slot.ready = true;
    }
  }

  #finish(slot: Slot, body: unknown): void {
    if (this.closed) return;
    if (body === NO_RESPONSE) {
      this.#slots.splice(this.#slots.indexOf(slot), 1);
      this.#afterWrite();
      if (this.#draining && this.idle) this.close();
    } else {
      slot.body = body;
      slot.ready = true;
      slot.readyMs = this.#shared.clock.monotonicMs();
    }
    this.#flush();
  }

  #flush(): void {
    if (this.#writing || this.closed || this.#slots[0]?.ready !== true) return;
    this.#writeReady().catch((error) => this.#fail(error));
  }

  async #writeReady(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#slots[0]?.ready === true && !this.closed) {
        const writer = this.#shared.buffers.acquireWriter();
        writer.holding = holdingFor(this.#stream);
        let sent: Slot[];
        try {
          sent = this.#slots.splice(0, this.#encodeReady(writer));
          if (writer.held.length === 0) await this.#stream.write(writer.written);
          else await writeParts(this.#stream, writer);
        } finally {
          releaseHeld(writer);
        }
        this.lastActiveMs = this.#shared.clock.monotonicMs();
        for (const slot of sent) slot.stats.onSent(slot, this.lastActiveMs);
        this.#shared.buffers.releaseWriter(writer);
        this.#afterWrite();
      }
    } finally {
      this.#writing = false;
    }
    if (this.#draining && this.idle) this.close();
  }

  /** Encodes the responses at the front that are ready; returns how many. */
  #encodeReady(writer: ByteWriter): number {
    let count = 0;
    const encodedMs = this.#shared.clock.monotonicMs();
    for (; this.#slots[count]?.ready === true && writer.length < COALESCED_BYTES; count++) {
      const slot = this.#slots[count]!;
      const start = writer.length;
      slot.encodedMs = encodedMs;
      encodeResponse(writer, slot, slot.body);
      slot.stats.onResponse(slot.body);
      slot.body = undefined;
      slot.stats.responseBytes += writer.length - start;
    }
    return count;
  }

  #afterWrite(): void {
    if (this.#slots.length < this.#shared.maxInFlight) {
      this.#roomWaiter?.();
      this.#roomWaiter = undefined;
    }
  }

  /** Resolves when there is room for another request, or the connection is closed. */
  #room(): Promise<void> {
    this.#flush();
    return new Promise((resolve) => this.#roomWaiter = resolve);
  }

  #fail(error: unknown): void {
    if (this.closed) return;
    this.#report(error);
    this.close();
  }

  #report(error: unknown): void {
    const fields = { client: `${this.remote.host}:${this.remote.port}`, reason: messageOf(error) };
    const name = error instanceof Error ? error.name : "";
    if (name === "NetworkError") return this.#shared.logger.debug("connection lost", fields);
    if (name === "DecodeError") {
      this.#shared.stats.protocolErrors++;
      return this.#shared.logger.warn("closed a connection because of what its client sent", fields);
    }
    const stack = error instanceof Error ? error.stack : undefined;
    this.#shared.logger.error("closed a connection because its request failed", { ...fields, stack });
  }
}
