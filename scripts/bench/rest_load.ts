/**
 * A load generator for HTTP that costs little itself: keep-alive sockets, each with one request under way, whose bytes
 * were made beforehand. Answers are only measured as far as their length says where they end.
 */

/** What to send and for how long. */
export interface HttpLoad {
  readonly port: number;
  readonly connections: number;
  readonly path: string;
  readonly body: string;
  /** Before the clock runs, and while it does. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface HttpLoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** With those of the warm-up. */
  readonly totalRequests: number;
  /** Answers with another status than 200. */
  readonly failures: number;
}

const BLANK_LINE = new TextEncoder().encode("\r\n\r\n");
const OK = new TextEncoder().encode("HTTP/1.1 200");

/** Sends requests until the time is over. */
export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const { port, path, body } = load;
  const request = new TextEncoder().encode(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
      `content-length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`,
  );
  const startMs = performance.now() + load.warmUpSeconds * 1000;
  const endMs = startMs + load.seconds * 1000;
  const latencies: number[] = [];
  let failures = 0;
  let totalRequests = 0;
  const connection = async () => {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    const buffer = new Uint8Array(8192);
    for (let nowMs = performance.now(); nowMs < endMs;) {
      await socket.write(request);
      const isOk = await readAnswer(socket, buffer);
      const doneMs = performance.now();
      if (nowMs >= startMs && doneMs < endMs) latencies.push(doneMs - nowMs);
      if (!isOk) failures++;
      totalRequests++;
      nowMs = doneMs;
    }
    socket.close();
  };
  await Promise.all(Array.from({ length: load.connections }, connection));
  latencies.sort((a, b) => a - b);
  const at = (part: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return {
    requestsPerSecond: latencies.length / load.seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    totalRequests,
    failures,
  };
}

/** Reads one answer; whether its status is 200. */
async function readAnswer(socket: Deno.Conn, buffer: Uint8Array): Promise<boolean> {
  let length = 0;
  let wanted = Infinity;
  while (length < wanted) {
    const read = await socket.read(buffer.subarray(length));
    if (read === null) throw new Error("the server closed a connection");
    length += read;
    if (wanted === Infinity) wanted = answerLength(buffer.subarray(0, length));
  }
  return OK.every((byte, index) => buffer[index] === byte);
}

/** How long the answer is that begins here; Infinity while its headers are not all there. */
function answerLength(bytes: Uint8Array): number {
  const end = indexOf(bytes, BLANK_LINE);
  if (end < 0) return Infinity;
  const head = new TextDecoder().decode(bytes.subarray(0, end)).toLowerCase();
  const length = /content-length: (\d+)/.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without a length:\n${head}`);
  return end + BLANK_LINE.length + Number(length);
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

if (import.meta.main) {
  const [port, connections, path, bytes, seconds] = Deno.args;
  const result = await runHttpLoad({
    port: Number(port),
    connections: Number(connections),
    path: path!,
    body: JSON.stringify({ value: "x".repeat(Number(bytes)) }),
    warmUpSeconds: 3,
    seconds: Number(seconds),
  });
  console.log(JSON.stringify(result));
  Deno.exit(0);
}
