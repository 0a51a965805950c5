/** TCP in Deno: reads go straight into the caller's buffer, which makes it about twice as fast as node:net there. */

import { assert } from "../../core/assert.ts";
import { type Address, type Connection, type Listener, type Network, NetworkError } from "../network.ts";
import { closedError, connectTimeoutError, networkError, plainHost } from "./network_errors.ts";

function addressOf({ hostname, port }: Deno.NetAddr): Address {
  return { host: plainHost(hostname), port };
}

class DenoConnection implements Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly #conn: Deno.TcpConn;
  #closed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.local = addressOf(conn.localAddr);
    this.remote = addressOf(conn.remoteAddr);
    try {
      conn.setNoDelay(true);
      conn.setKeepAlive(true);
    } catch {
      // The peer has already gone: the first read says so.
    }
  }

  async read(target: Uint8Array): Promise<number> {
    assert(target.length > 0, "a read needs room for at least one byte");
    try {
      return await this.#conn.read(target) ?? 0;
    } catch (error) {
      throw this.#failure("read from", error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      let done = await this.#conn.write(bytes);
      while (done < bytes.length) done += await this.#conn.write(bytes.subarray(done));
    } catch (error) {
      throw this.#failure("write to", error);
    }
  }

  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      throw this.#failure("end writing to", error);
    }
  }

  #failure(action: string, cause: unknown): NetworkError {
    return this.#closed ? closedError(action, this.remote) : networkError(action, this.remote, cause);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }
}

class DenoListener implements Listener {
  readonly address: Address;
  readonly #listener: Deno.TcpListener;
  #closed = false;

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.address = addressOf(listener.addr);
  }

  async accept(): Promise<Connection | null> {
    while (true) {
      try {
        return new DenoConnection(await this.#listener.accept());
      } catch (error) {
        if (this.#closed) return null;
        // The peer gave up between its SYN and our accept: not our caller's business.
        if (!(error instanceof Deno.errors.ConnectionAborted)) {
          throw networkError("accept on", this.address, error);
        }
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }
}

/** The machine's TCP. */
export const denoNetwork: Network = {
  listen(address) {
    try {
      return new DenoListener(Deno.listen({ hostname: address.host, port: address.port }));
    } catch (error) {
      throw networkError("listen on", address, error);
    }
  },

  async connect(address, options = {}) {
    const { timeoutMs } = options;
    const expiry = new AbortController();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => expiry.abort(), timeoutMs);
    try {
      const { host: hostname, port } = address;
      return new DenoConnection(await Deno.connect({ hostname, port, signal: expiry.signal }));
    } catch (error) {
      if (expiry.signal.aborted) throw connectTimeoutError(address, timeoutMs ?? 0);
      throw networkError("connect to", address, error);
    } finally {
      clearTimeout(timer);
    }
  },
};
