import assert from "node:assert/strict";
import { UsageError } from "../../../src/core/errors.ts";
import { formatAddress, isWildcard, parseAddress, parsePeerAddress } from "../../../src/platform/address.ts";

Deno.test("an address comes back as it was written, and IPv6 hosts are in brackets", () => {
  for (const text of ["127.0.0.1:9092", "[::1]:9092", "broker-1.example:0", ":9092"]) {
    assert.equal(formatAddress(parseAddress(text)), text);
  }
  assert.deepEqual(parseAddress(" [fe80::1%eth0]:65535 "), { host: "fe80::1%eth0", port: 65535 });
});

Deno.test("what is not an address is told with what was wanted", () => {
  for (const text of ["", "host", "host:", "host:65536", "::1:9092", "a b:1", "host:9092/x", "[:1"]) {
    assert.throws(() => parseAddress(text), UsageError, text);
  }
  assert.throws(() => parsePeerAddress(":9092", "cluster.join"), {
    message: 'cluster.join: ":9092" is not an address; wanted HOST:PORT, such as 127.0.0.1:9092',
  });
});

Deno.test("every address of the machine", () => {
  assert.deepEqual(["0.0.0.0", "::", "", "127.0.0.1", "::1"].map(isWildcard), [
    true,
    true,
    true,
    false,
    false,
  ]);
});
