/** Partitions, members and positions as people write and read them in the group commands. */

import assert from "node:assert/strict";
import {
  membersInWords,
  parseChosenTopic,
  shortMemberId,
  shortPartitions,
} from "../../../../src/cli/group/names.ts";
import { parseResetPosition } from "../../../../src/cli/group/reset_position.ts";
import { UsageError } from "../../../../src/core/errors.ts";

Deno.test("group names: topics with and without partitions", () => {
  assert.deepEqual(parseChosenTopic("orders"), { topic: "orders", partitions: [] });
  assert.deepEqual(parseChosenTopic("orders:3"), { topic: "orders", partitions: [3] });
  assert.deepEqual(parseChosenTopic("a.b:0,2-4"), { topic: "a.b", partitions: [0, 2, 3, 4] });
  for (const wrong of ["", ":1", "t:", "t:x", "t:1,", "t:2-1", "t:-1", "t:0-999999999"]) {
    assert.throws(() => parseChosenTopic(wrong), UsageError, wrong);
  }
});

Deno.test("group names: partitions in few characters", () => {
  const assigned = new Map([["b", [7, 0, 1, 2]], ["a", [5]]]);
  assert.equal(shortPartitions(assigned), "a:5 b:0-2,7");
  assert.equal(shortPartitions(new Map()), "");
});

Deno.test("group names: a member id loses most of the UUID that coordinators add, and nothing else", () => {
  const short = (memberId: string) => shortMemberId({ memberId });
  assert.equal(short("web-5c2d1f0a-1111-4222-8333-444455556666"), "web-5c2d1f0a");
  assert.equal(short("web-5c2d1f0a"), "web-5c2d1f0a");
  assert.equal(short("5c2d1f0a-1111-4222-8333-444455556666-x"), "5c2d1f0a-1111-4222-8333-444455556666-x");
});

Deno.test("group names: many members are counted rather than named", () => {
  const member = (clientId: string) => ({
    memberId: "m",
    groupInstanceId: null,
    clientId,
    host: "10.0.0.1",
    assigned: null,
  });
  assert.equal(membersInWords([member("web")]), "1 member: web (10.0.0.1)");
  const many = membersInWords(Array.from({ length: 7 }, () => member("")));
  assert.match(many, /^7 members: a client \(10\.0\.0\.1\), .*, 2 more$/);
});

Deno.test("group reset: shifts beside the positions that all commands know", () => {
  assert.deepEqual(parseResetPosition("shift:-5"), { at: "shift", by: -5 });
  assert.deepEqual(parseResetPosition("shift:+5"), { at: "shift", by: 5 });
  assert.deepEqual(parseResetPosition("start"), { at: "start" });
  assert.deepEqual(parseResetPosition("17"), { at: "offset", offset: 17 });
  assert.deepEqual(parseResetPosition("-3"), { at: "tail", count: 3 });
  for (const wrong of ["shift:", "shift:x", "shift:1.5", "nowhere"]) {
    assert.throws(() => parseResetPosition(wrong), UsageError, wrong);
  }
});
