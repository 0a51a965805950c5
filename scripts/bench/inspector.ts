/** A client of V8's inspector protocol, as far as profiles need it. */

import { sleep } from "./peers/process.ts";

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** One session with a process that was started with `--inspect`. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#onAnswer(JSON.parse(data));
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the inspector closed the session"));
    };
  }

  /** Connects to the process that listens on `port`, trying for some seconds. */
  static async open(port: number): Promise<Inspector> {
    for (let attempt = 0;; attempt++) {
      try {
        const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
        const socket = new WebSocket(target.webSocketDebuggerUrl);
        await new Promise((resolve, reject) => {
          socket.onopen = resolve;
          socket.onerror = () => reject(new Error("no session"));
        });
        return new Inspector(socket);
      } catch (error) {
        if (attempt === 20) throw error;
        await sleep(200);
      }
    }
  }

  /** Calls a method and resolves with its result. */
  call(method: string, params: object = {}): Promise<unknown> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return waiting.promise;
  }

  close(): void {
    this.#socket.close();
  }

  #onAnswer({ id, result, error }: Answer): void {
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}
