import assert from "node:assert/strict";
import { diskError, onDisk } from "../../../../src/platform/adapters/disk_errors.ts";
import { networkError, plainHost } from "../../../../src/platform/adapters/network_errors.ts";
import { DiskError } from "../../../../src/platform/disk.ts";

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

Deno.test("a disk error names the action and the path once, and quotes the reason", () => {
  const cause = systemError("ENOENT", "ENOENT: no such file or directory, open '/data/it's here'");
  const { code, path, message } = diskError("open", "/data/it's here", cause);
  assert.deepEqual([code, path], ["not-found", "/data/it's here"]);
  assert.equal(message, "open /data/it's here: ENOENT: no such file or directory");
});

Deno.test("errors of node:fs and of Deno get the same code", () => {
  const codes = {
    "no-space": [systemError("ENOSPC", ""), systemError("EDQUOT", "")],
    "denied": [systemError("EACCES", ""), systemError("EROFS", ""), new Deno.errors.PermissionDenied("")],
    "exists": [systemError("EEXIST", ""), new Deno.errors.AlreadyExists("")],
    "not-a-directory": [systemError("ENOTDIR", ""), new Deno.errors.NotADirectory("")],
    "not-found": [new Deno.errors.NotFound("")],
    "io": [systemError("EIO", ""), systemError("EISDIR", ""), new Error("anything"), "a string", null],
  };
  for (const [code, causes] of Object.entries(codes)) {
    for (const cause of causes) assert.equal(diskError("use", "/x", cause).code, code, String(cause));
  }
});

Deno.test("a disk error passes through the outer operation unchanged", () => {
  const inner = new DiskError("no-space", "/x", "write /x: full");
  assert.throws(() =>
    onDisk("replace", "/y", () => {
      throw inner;
    }), inner);
});

Deno.test("a network error names the action and the address", () => {
  const cause = systemError("ECONNREFUSED", "Connection refused (os error 111)");
  const { code, message } = networkError("connect to", { host: "10.0.0.1", port: 9092 }, cause);
  assert.equal(code, "refused");
  assert.equal(message, "connect to 10.0.0.1:9092: connection refused");
});

Deno.test("network errors of every runtime get the same code", () => {
  const codes = {
    "reset": [systemError("ECONNRESET", ""), systemError("EPIPE", ""), new Deno.errors.BrokenPipe("")],
    "address-in-use": [systemError("EADDRINUSE", ""), new Deno.errors.AddrInUse("")],
    "unresolved": [systemError("ENOTFOUND", ""), new Error("failed to lookup address information: no")],
    "closed": [new Deno.errors.BadResource(""), new Deno.errors.Interrupted("")],
    "timeout": [systemError("ETIMEDOUT", ""), new Deno.errors.TimedOut("")],
    "io": [systemError("EADDRNOTAVAIL", ""), new Error("anything"), undefined],
  };
  for (const [code, causes] of Object.entries(codes)) {
    for (const cause of causes) assert.equal(networkError("use", { host: "h", port: 1 }, cause).code, code);
  }
});

Deno.test("an unknown network error is quoted", () => {
  const { code, message } = networkError(
    "read from",
    { host: "h", port: 1 },
    systemError("EWEIRD", "odd things"),
  );
  assert.deepEqual([code, message], ["io", "read from h:1: odd things"]);
});

Deno.test("a peer that came over IPv4 has an IPv4 address, whatever the socket calls it", () => {
  assert.equal(plainHost("::ffff:10.1.2.3"), "10.1.2.3");
  for (const host of ["::1", "::", "10.1.2.3", "2001:db8::ffff:1", "localhost"]) {
    assert.equal(plainHost(host), host);
  }
});
