// A TCP proxy that keeps the request and response frames of every connection.

/** One exchange; the response is null where none came (acks=0, or the broker closed the connection). */
export interface Exchange {
  readonly apiKey: number;
  readonly version: number;
  readonly client: string;
  /** Frames without their length, as hex. */
  readonly request: string;
  response: string | null;
}

/** A running proxy. */
export interface RecordingProxy {
  readonly port: number;
  /** Everything seen so far, in the order of the requests. */
  readonly exchanges: Exchange[];
  /** Where new connections go. */
  targetPort: number;
  close(): void;
}

/** Listens on a free port of the loopback interface. */
export function startRecordingProxy(): RecordingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy: RecordingProxy = {
    port: listener.addr.port,
    exchanges: [],
    targetPort: 0,
    close: () => listener.close(),
  };
  const accept = async () => {
    for await (const client of listener) void relay(client, proxy).catch(() => {});
  };
  void accept().catch(() => {});
  return proxy;
}

async function relay(client: Deno.Conn, proxy: RecordingProxy): Promise<void> {
  const server = await Deno.connect({ hostname: "127.0.0.1", port: proxy.targetPort }).catch(() => null);
  if (server === null) return client.close();
  const pending = new Map<number, Exchange>();
  await Promise.all([
    pump(client, server, (frame) => {
      const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
      const clientLength = frame.length >= 10 ? Math.max(0, view.getInt16(8)) : 0;
      const exchange: Exchange = {
        apiKey: view.getInt16(0),
        version: view.getInt16(2),
        client: new TextDecoder().decode(frame.subarray(10, 10 + clientLength)),
        request: frame.toHex(),
        response: null,
      };
      proxy.exchanges.push(exchange);
      pending.set(view.getInt32(4), exchange);
    }),
    pump(server, client, (frame) => {
      const correlationId = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getInt32(0);
      const exchange = pending.get(correlationId);
      if (exchange !== undefined) exchange.response = frame.toHex();
      pending.delete(correlationId);
    }),
  ]);
}

/** Copies bytes as they come, and calls `onFrame` for each complete frame among them. */
async function pump(from: Deno.Conn, to: Deno.Conn, onFrame: (frame: Uint8Array) => void): Promise<void> {
  const chunk = new Uint8Array(65536);
  let pending = new Uint8Array(0);
  try {
    for (let n = await from.read(chunk); n !== null; n = await from.read(chunk)) {
      const joined = new Uint8Array(pending.length + n);
      joined.set(pending);
      joined.set(chunk.subarray(0, n), pending.length);
      pending = joined;
      while (pending.length >= 4) {
        const length = new DataView(pending.buffer, pending.byteOffset).getInt32(0);
        if (pending.length < 4 + length) break;
        onFrame(pending.slice(4, 4 + length));
        pending = pending.slice(4 + length);
      }
      for (let sent = 0; sent < n;) sent += await to.write(chunk.subarray(sent, n));
    }
  } catch {
    // A reset is as good an end as any other.
  }
  try {
    to.close();
  } catch {
    // The other direction closed it.
  }
}
