/** Who may not use a port that anybody's browser reaches: DNS rebinding by the Host, CSRF by the Origin. */

import assert from "node:assert/strict";
import { Guard, isOurHost, isOurOrigin } from "../../../../src/http/rest/guard.ts";
import { Problem } from "../../../../src/http/rest/problem.ts";

const plain = { hosts: [], origins: [] };

Deno.test("addresses and localhost are ours, names of others are not unless configured", () => {
  for (const host of ["127.0.0.1", "127.0.0.1:8080", "10.1.2.3:80", "[::1]:8080", "[::1]"]) {
    assert.ok(isOurHost(host, plain), host);
  }
  for (const host of ["localhost", "LOCALHOST:8080", "localhost.:8080", "sluice.localhost"]) {
    assert.ok(isOurHost(host, plain), host);
  }
  for (
    const host of ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"]
  ) {
    assert.ok(!isOurHost(host, plain), host);
  }
  for (const host of ["", ":8080", "a b", "evil.example@localhost", "[::1", "localhost:808080", "1.2.3"]) {
    assert.ok(!isOurHost(host, plain), host);
  }
  assert.ok(isOurHost("Broker-1.Internal:8080", { hosts: ["broker-1.internal"] }));
});

Deno.test("the origin of a page must be the host that it asked, or configured", () => {
  assert.ok(isOurOrigin("http://localhost:8080", "localhost:8080", plain));
  assert.ok(!isOurOrigin("http://localhost:3000", "localhost:8080", plain));
  assert.ok(!isOurOrigin("null", "localhost:8080", plain));
  assert.ok(!isOurOrigin("https://evil.example", "localhost:8080", plain));
  assert.ok(
    isOurOrigin("https://console.example", "localhost:8080", { origins: ["https://console.example"] }),
  );
});

function statusOf(check: () => void): number {
  try {
    check();
    return 200;
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
}

Deno.test("reads of other origins pass without their pages seeing the answer; writes do not pass", () => {
  const guard = new Guard(plain);
  assert.equal(statusOf(() => guard.check("localhost:8080", "https://evil.example", false)), 200);
  assert.equal(guard.corsHeaders("https://evil.example"), null);
  assert.equal(statusOf(() => guard.check("localhost:8080", "https://evil.example", true)), 403);
  assert.equal(statusOf(() => guard.check("localhost:8080", null, true)), 200);
  assert.equal(statusOf(() => guard.check("evil.example", null, false)), 421);
  assert.equal(statusOf(() => guard.check(null, null, false)), 421);
});

Deno.test("a host that did not pass is not remembered as known", () => {
  const guard = new Guard(plain);
  statusOf(() => guard.check("evil.example", null, true));
  assert.ok(!guard.isKnown("evil.example"));
  guard.check("127.0.0.1:1", null, true);
  assert.ok(guard.isKnown("127.0.0.1:1"));
  assert.ok(!guard.isKnown("evil.example"));
});
