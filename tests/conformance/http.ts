/** What every implementation of HTTP must do. */

import assert from "node:assert/strict";
import type { HttpHandler, HttpServer } from "../../src/platform/http.ts";
import type { Address } from "../../src/platform/network.ts";
import { bytesOf, type Case, failsOnNetwork, type Subject } from "./case.ts";

function serve({ platform, host }: Subject, handler: HttpHandler): Promise<HttpServer> {
  return platform.http!.serve({ host, port: 0 }, handler);
}

/** Sends bytes over a connection of its own and reads until the other side ends. */
async function exchange({ platform }: Subject, to: Address, text: string): Promise<string> {
  const connection = await platform.network.connect(to);
  try {
    await connection.write(bytesOf(text));
    const target = new Uint8Array(65536);
    let got = "";
    for (let count = await connection.read(target); count > 0; count = await connection.read(target)) {
      got += new TextDecoder().decode(target.subarray(0, count));
    }
    return got;
  } finally {
    connection.close();
  }
}

function request(method: string, path: string, body = ""): string {
  const length = body === "" ? "" : `content-length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: test\r\n${length}connection: close\r\n\r\n${body}`;
}

export const httpCases: readonly Case[] = [
  {
    name: "a request reaches the handler whole, and its answer the client",
    async run(subject) {
      let seen = "";
      const server = await serve(subject, async (got, info) => {
        const { pathname, search } = new URL(got.url);
        seen = `${got.method} ${pathname}${search} ${got.headers.get("x-one")} ${await got.text()}`;
        assert.equal(info.remote.host, "127.0.0.1");
        return new Response("the answer", { status: 201, headers: { "x-two": "2" } });
      });
      const text =
        "PUT /a/b?c=d HTTP/1.1\r\nhost: test\r\nx-one: 1\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbody";
      const answer = await exchange(subject, server.address, text);
      assert.equal(seen, "PUT /a/b?c=d 1 body");
      assert.match(answer, /^HTTP\/1\.1 201 /);
      assert.match(answer, /\r\nx-two: 2\r\n/i);
      assert.match(answer, /the answer/);
      await server.stop(0);
    },
  },
  {
    name: "an address in use is refused as such",
    async run(subject) {
      const server = await serve(subject, () => new Response("first"));
      await failsOnNetwork(
        ["address-in-use"],
        () => subject.platform.http!.serve(server.address, () => new Response()),
      );
      await server.stop(0);
    },
  },
  {
    name: "what a handler throws is an empty answer with status 500",
    async run(subject) {
      const server = await serve(subject, () => {
        throw new Error("secret");
      });
      const answer = await exchange(subject, server.address, request("GET", "/"));
      assert.match(answer, /^HTTP\/1\.1 500 /);
      assert.doesNotMatch(answer, /secret/);
      await server.stop(0);
    },
  },
  {
    name: "an answer streams piece by piece, and its source hears when the client leaves",
    async run(subject) {
      const left = Promise.withResolvers<void>();
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytesOf("first piece")),
        cancel: () => left.resolve(),
      });
      const server = await serve(subject, () => new Response(stream));
      const connection = await subject.platform.network.connect(server.address);
      await connection.write(bytesOf(request("GET", "/")));
      let got = "";
      const target = new Uint8Array(4096);
      while (!got.includes("first piece")) {
        got += new TextDecoder().decode(target.subarray(0, await connection.read(target)));
      }
      connection.close();
      await left.promise;
      await server.stop(0);
    },
  },
  {
    name: "stopping lets answers under way end, and takes no more requests",
    async run(subject) {
      const asked = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const server = await serve(subject, async () => {
        asked.resolve();
        await release.promise;
        return new Response("late");
      });
      const answer = exchange(subject, server.address, request("GET", "/"));
      await asked.promise;
      const stopped = server.stop(10_000);
      release.resolve();
      assert.match(await answer, /late/);
      await stopped;
      await failsOnNetwork(["refused"], () => subject.platform.network.connect(server.address));
    },
  },
  {
    name: "stopping waits for nothing that takes longer than its grace",
    async run(subject) {
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytesOf("for ever")),
      });
      const server = await serve(subject, () => new Response(stream));
      const connection = await subject.platform.network.connect(server.address);
      await connection.write(bytesOf(request("GET", "/")));
      await connection.read(new Uint8Array(4096));
      await server.stop(20);
      connection.close();
    },
  },
  {
    name: "asking others: method, headers and body go there, the answer comes back as it is",
    async run(subject) {
      const server = await serve(subject, async (got) => {
        const said = `${got.method} ${new URL(got.url).pathname} ${got.headers.get("x-one")} ${await got
          .text()}`;
        return new Response(said, { status: 303, headers: { location: "/elsewhere" } });
      });
      const { host, port } = server.address;
      const answer = await subject.platform.http!.fetch(
        new Request(`http://${host}:${port}/there`, {
          method: "POST",
          headers: { "x-one": "1" },
          body: "sent",
        }),
      );
      // Whoever passes the answer on decides what to do about a redirection.
      assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/elsewhere"]);
      assert.equal(await answer.text(), "POST /there 1 sent");
      await server.stop(0);
    },
  },
  {
    name: "asking others: an answer that streams is there from its first piece on, and can be abandoned",
    async run(subject) {
      const left = Promise.withResolvers<void>();
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytesOf("first piece")),
        cancel: () => left.resolve(),
      });
      const server = await serve(subject, () => new Response(stream));
      const { host, port } = server.address;
      const gone = new AbortController();
      const answer = await subject.platform.http!.fetch(
        new Request(`http://${host}:${port}/`, { signal: gone.signal }),
      );
      const reader = answer.body!.getReader();
      assert.match(new TextDecoder().decode((await reader.read()).value), /^first/);
      gone.abort();
      await assert.rejects(reader.read());
      await left.promise;
      await server.stop(0);
    },
  },
  {
    name: "asking others: where nobody listens the question fails",
    async run(subject) {
      const server = await serve(subject, () => new Response());
      const { host, port } = server.address;
      await server.stop(0);
      await assert.rejects(subject.platform.http!.fetch(new Request(`http://${host}:${port}/`)));
    },
  },
];
