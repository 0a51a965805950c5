/**
 * The yardstick: the least a server can do that takes frames, appends their content to a file, and answers; or that
 * reads a file into its answers. No protocol, no checks, no index. What a broker adds to this is its own cost.
 *
 * A frame is an int32 length, then Kafka's API key (0 append, 1 read), version and correlation id, then content.
 * `deno run -A scripts/bench/bare_server.ts FILE [PORT]` prints its port on the first line.
 */

const READ_BYTES = 1024 * 1024;
const KEPT_BYTES = 1e9;

const path = Deno.args[0] ?? Deno.makeTempFileSync();
const file = Deno.openSync(path, { create: true, append: true, read: true });
const reader = Deno.openSync(path, { read: true });
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[1] ?? 0) });
console.log(listener.addr.port);

let open = 0;

for await (const connection of listener) {
  // A new load: what the last one has appended is not needed, but for what reads ask for.
  if (open === 0 && file.statSync().size > KEPT_BYTES) file.truncateSync(READ_BYTES);
  open++;
  void serve(connection).finally(() => open--);
}

async function serve(connection: Deno.TcpConn): Promise<void> {
  connection.setNoDelay(true);
  let buffer = new Uint8Array(2 * 1024 * 1024);
  let view = new DataView(buffer.buffer);
  const answer = new Uint8Array(READ_BYTES + 64);
  const answerView = new DataView(answer.buffer);
  let held = 0;
  try {
    while (true) {
      const count = await connection.read(buffer.subarray(held));
      if (count === null) return;
      held += count;
      let at = 0;
      let answered = 0;
      while (held - at >= 4) {
        const length = view.getInt32(at);
        if (held - at < 4 + length) break;
        const isRead = view.getInt16(at + 4) === 1;
        let content = 0;
        if (isRead) {
          reader.seekSync(0, Deno.SeekMode.Start);
          content = reader.readSync(answer.subarray(answered + 8, answered + 8 + READ_BYTES)) ?? 0;
        } else {
          file.writeSync(buffer.subarray(at + 12, at + 4 + length));
        }
        answerView.setInt32(answered, 4 + content);
        answerView.setInt32(answered + 4, view.getInt32(at + 8));
        answered += 8 + content;
        at += 4 + length;
        if (isRead) {
          await connection.write(answer.subarray(0, answered));
          answered = 0;
        }
      }
      buffer.copyWithin(0, at, held);
      held -= at;
      if (held === buffer.length) {
        const grown = new Uint8Array(buffer.length * 2);
        grown.set(buffer);
        buffer = grown;
        view = new DataView(buffer.buffer);
      }
      for (let sent = 0; sent < answered;) sent += await connection.write(answer.subarray(sent, answered));
    }
  } catch {
    // The client is gone.
  }
}
