/** Buffers that reads share one after the other. */

import { equal, notEqual, throws } from "node:assert/strict";
import { BorrowedBytes } from "../../../src/log/log_read.ts";
import { ReadBuffers } from "../../../src/log/read_buffers.ts";

Deno.test("a buffer is lent again only once it was given back", () => {
  const buffers = new ReadBuffers();
  const first = buffers.acquire(100_000);
  const second = buffers.acquire(100_000);
  notEqual(first.buffer, second.buffer);
  buffers.release(first.subarray(5, 10));
  const third = buffers.acquire(90_000);
  equal(third.buffer, first.buffer);
  equal(third.length, 90_000);
  notEqual(buffers.acquire(1).buffer, first.buffer);
});

Deno.test("giving back twice, or what was never lent, lends nothing to two readers", () => {
  const buffers = new ReadBuffers();
  const bytes = buffers.acquire(10);
  buffers.release(bytes);
  buffers.release(bytes);
  buffers.release(new Uint8Array(70_000));
  equal(buffers.acquire(10).buffer, bytes.buffer);
  notEqual(buffers.acquire(10).buffer, bytes.buffer);
});

Deno.test("records in a borrowed buffer are written once, and the buffer goes back then", () => {
  const buffers = new ReadBuffers();
  const bytes = buffers.acquire(3);
  bytes.set([1, 2, 3]);
  const records = new BorrowedBytes(bytes, () => buffers.release(bytes));
  const target = new Uint8Array(3);
  records.writeTo(target);
  equal(target.join(), "1,2,3");
  equal(buffers.acquire(3).buffer, bytes.buffer);
  throws(() => records.writeTo(target), /written once/);
});
