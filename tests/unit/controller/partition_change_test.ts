import assert from "node:assert/strict";
import fc from "fast-check";
import {
  partitionChange,
  type PartitionContext,
  type PartitionTarget,
} from "../../../src/controller/partition_change.ts";
import { startReassignment } from "../../../src/controller/reassignment.ts";
import type { LeaderEpoch, NodeId, Uuid } from "../../../src/core/ids.ts";
import { changePartition } from "../../../src/metadata/apply_topics.ts";
import { LOST_DIRECTORY } from "../../../src/metadata/directories.ts";
import { LATEST_METADATA_VERSION, MetadataVersion } from "../../../src/metadata/features.ts";
import type { PartitionImage } from "../../../src/metadata/image.ts";
import { normalizeMetadataRecord } from "../../../src/metadata/record_codec.ts";

const DIRECTORY = "dddddddddddddddddddddA" as Uuid;
const ids = (...list: number[]) => list as NodeId[];

function partition(fields: Partial<Record<keyof PartitionImage, unknown>> = {}): PartitionImage {
  const replicas = (fields.replicas ?? ids(1, 2, 3)) as NodeId[];
  return {
    replicas,
    directories: replicas.map(() => DIRECTORY),
    isr: replicas,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: replicas[0],
    leaderRecoveryState: 0,
    leaderEpoch: 5 as LeaderEpoch,
    partitionEpoch: 7,
    ...fields,
  } as PartitionImage;
}

interface Circumstances {
  readonly alive?: readonly number[];
  readonly minIsr?: number;
  readonly isElrEnabled?: boolean;
  readonly metadataVersion?: number;
}

function context(options: Circumstances): PartitionContext {
  const { alive = [1, 2, 3, 4, 5], minIsr = 1, isElrEnabled = true } = options;
  return {
    topicId: DIRECTORY,
    partitionId: 0,
    isAcceptableLeader: (id) => alive.includes(id),
    metadataVersion: options.metadataVersion ?? LATEST_METADATA_VERSION,
    isElrEnabled,
    minIsr,
    directoryFor: () => DIRECTORY,
  };
}

/** The partition after the change, as every node will see it. */
function change(
  before: PartitionImage,
  target: PartitionTarget,
  options: Circumstances = {},
): PartitionImage {
  const draft = partitionChange(before, target, context(options));
  if (draft === null) return before;
  const record = normalizeMetadataRecord(draft, LATEST_METADATA_VERSION);
  assert.ok(record.type === "PartitionChangeRecord");
  return changePartition(before, record.data);
}

function summary({ leader, isr, elr, lastKnownElr, leaderEpoch, leaderRecoveryState }: PartitionImage) {
  return { leader, isr, elr, lastKnownElr, epochs: leaderEpoch - 5, recovering: leaderRecoveryState };
}

const HEALTHY = { elr: [], lastKnownElr: [], recovering: 0 };

Deno.test("nothing to change gives no record", () => {
  assert.equal(partitionChange(partition(), {}, context({})), null);
  assert.equal(partitionChange(partition(), { isr: ids(1, 2, 3) }, context({})), null);
});

Deno.test("the leader leaves the ISR: the next replica in sync leads, in a new epoch", () => {
  const after = change(partition(), { isr: ids(2, 3) }, { alive: [2, 3] });
  assert.deepEqual(summary(after), { ...HEALTHY, leader: 2, isr: [2, 3], epochs: 1 });
});

Deno.test("a smaller ISR alone is no new leader epoch, except before 3.6 (KIP-903)", () => {
  assert.equal(summary(change(partition(), { isr: ids(1, 2) })).epochs, 0);
  const old = change(partition(), { isr: ids(1, 2) }, {
    metadataVersion: MetadataVersion.V3_5_IV2,
    isElrEnabled: false,
  });
  assert.equal(summary(old).epochs, 1);
});

Deno.test("a replica whose log is lost leaves in a new leader epoch, and is not eligible (KIP-858, KIP-966)", () => {
  const directories = [DIRECTORY, LOST_DIRECTORY, DIRECTORY];
  const lost = { directories, isr: ids(1), uncleanShutdown: ids(2) };
  const after = change(partition({ isr: ids(1, 2) }), lost, { minIsr: 2 });
  assert.deepEqual(summary(after), { ...HEALTHY, leader: 1, isr: [1], epochs: 1 });
  // What its leader knew of it would count for the empty log that takes its place.
  const outside = change(partition({ isr: ids(1, 3) }), { directories });
  assert.deepEqual([outside.leaderEpoch, outside.isr], [6, [1, 3]]);
  assert.equal(change(outside, { directories }).leaderEpoch, 6);
});

Deno.test("below min.insync.replicas who leaves stays eligible, and may lead when nobody is in sync (KIP-966)", () => {
  const two = change(partition(), { isr: ids(1, 2) }, { minIsr: 2 });
  assert.deepEqual(two.elr, []);
  const one = change(two, { isr: ids(1) }, { minIsr: 2 });
  assert.deepEqual(one.elr, [2]);
  const none = change(one, { isr: [] }, { minIsr: 2, alive: [3] });
  assert.deepEqual(summary(none), {
    leader: -1,
    isr: [],
    elr: [1, 2],
    lastKnownElr: [1],
    epochs: 1,
    recovering: 0,
  });
  // 3 never was eligible, so it does not lead; 2 does, cleanly.
  assert.equal(change(none, {}, { minIsr: 2, alive: [3] }).leader, -1);
  const back = change(none, {}, { minIsr: 2, alive: [2, 3] });
  assert.deepEqual(summary(back), {
    leader: 2,
    isr: [2],
    elr: [1],
    lastKnownElr: [],
    epochs: 2,
    recovering: 0,
  });
  const full = change(back, { isr: ids(2, 1) }, { minIsr: 2 });
  assert.deepEqual(summary(full), { ...HEALTHY, leader: 2, isr: [2, 1], epochs: 2 });
});

Deno.test("who stopped without flushing is not eligible; the last leader is the last resort (KIP-966)", () => {
  const before = partition({ replicas: ids(1, 2), isr: ids(1), elr: ids(2) });
  const lost = change(before, { isr: [], uncleanShutdown: ids(1) }, { minIsr: 2, alive: [] });
  assert.deepEqual([lost.elr, lost.lastKnownElr], [[2], [1]]);
  const bothLost = change(lost, { uncleanShutdown: ids(2) }, { minIsr: 2, alive: [] });
  assert.deepEqual([bothLost.elr, bothLost.lastKnownElr], [[], [1]]);
  assert.equal(change(bothLost, {}, { minIsr: 2, alive: [2] }).leader, -1);
  const back = change(bothLost, {}, { minIsr: 2, alive: [1, 2] });
  assert.deepEqual(summary(back), {
    leader: 1,
    isr: [1],
    elr: [],
    lastKnownElr: [],
    epochs: 2,
    recovering: 1,
  });
});

Deno.test("when all in sync end without flushing one after the other, the last of them leads again", () => {
  // Its leader went first, and nobody remembered the follower: the partition stayed without a leader. Found by the
  // simulator.
  const before = partition({ isr: ids(1, 2) });
  const leaderless = change(before, { isr: ids(2), uncleanShutdown: ids(1) }, { alive: [3] });
  assert.deepEqual([leaderless.leader, leaderless.isr], [-1, [2]]);
  const empty = change(leaderless, { isr: [], uncleanShutdown: ids(2) }, { alive: [3] });
  assert.deepEqual([empty.leader, empty.isr, empty.lastKnownElr], [-1, [], [2]]);
  const back = change(empty, {}, { alive: [1, 2, 3] });
  assert.deepEqual(summary(back), { leader: 2, isr: [2], ...HEALTHY, epochs: 2, recovering: 1 });
});

Deno.test("a reassignment that is replaced keeps the last leader while nobody is in sync; only a replica leads", () => {
  const gone = { isr: [], elr: [], leader: -1, lastKnownElr: [3] };
  const moving = partition({ ...gone, replicas: ids(1, 2, 3), addingReplicas: ids(3) });
  const after = change(moving, startReassignment(moving, ids(1, 2)), { alive: [1, 2] });
  assert.deepEqual([after.replicas, after.removingReplicas, after.leader], [[1, 2, 3], [3], -1]);
  const dropped = partition({ ...gone, replicas: ids(1, 2) });
  assert.equal(change(dropped, {}, { alive: [1, 2, 3] }).leader, -1);
});

Deno.test("without ELR the last replica in sync is remembered in the ISR of a leaderless partition", () => {
  const after = change(partition({ isr: ids(1) }), { isr: [] }, { alive: [2, 3], isElrEnabled: false });
  assert.deepEqual(summary(after), { ...HEALTHY, leader: -1, isr: [1], epochs: 1 });
  assert.equal(change(after, {}, { alive: [2, 3], isElrEnabled: false }).leader, -1);
  assert.equal(change(after, {}, { alive: [1], isElrEnabled: false }).leader, 1);
});

Deno.test("an unclean election takes any live replica, alone and marked as recovering (KIP-704)", () => {
  const before = partition({ leader: -1, isr: ids(1) });
  const options = { alive: [3], isElrEnabled: false };
  assert.equal(change(before, { election: "online" }, options).leader, -1);
  const after = change(before, { election: "unclean" }, options);
  assert.deepEqual(summary(after), { ...HEALTHY, leader: 3, isr: [3], epochs: 1, recovering: 1 });
  const recovered = change(after, { leaderRecoveryState: 0 }, options);
  assert.deepEqual(summary(recovered), { ...HEALTHY, leader: 3, isr: [3], epochs: 1 });
});

Deno.test("a preferred election moves leadership only to the first replica, and only when it is in sync", () => {
  const before = partition({ leader: 2 });
  assert.equal(change(before, { election: "online" }).leader, 2);
  assert.equal(change(before, { election: "preferred" }).leader, 1);
  assert.equal(change(partition({ leader: 2, isr: ids(2, 3) }), { election: "preferred" }).leader, 2);
});

Deno.test("a reassignment ends when all new replicas are in sync, and the old ones go (KIP-455)", () => {
  const moving = partition({
    replicas: ids(4, 5, 1, 2),
    isr: ids(1, 2),
    leader: 1,
    addingReplicas: ids(4, 5),
    removingReplicas: ids(1, 2),
  });
  const halfway = change(moving, { isr: ids(1, 2, 4) });
  assert.deepEqual([halfway.replicas, halfway.addingReplicas], [[4, 5, 1, 2], [4, 5]]);
  const done = change(halfway, { isr: ids(1, 2, 4, 5) });
  assert.deepEqual([done.replicas, done.isr, done.leader, done.leaderEpoch - 5], [[4, 5], [4, 5], 4, 1]);
  assert.deepEqual([done.addingReplicas, done.removingReplicas], [[], []]);
  assert.equal(done.directories.length, 2);
});

const node = fc.integer({ min: 1, max: 5 });
const someNodes = fc.uniqueArray(node);
const world = fc.record({
  replicas: fc.uniqueArray(node, { minLength: 1 }),
  alive: someNodes,
  minIsr: fc.integer({ min: 1, max: 3 }),
  isElrEnabled: fc.boolean(),
  steps: fc.array(fc.record({ leaves: someNodes, joins: someNodes, alive: someNodes, unclean: someNodes }), {
    maxLength: 12,
  }),
});

Deno.test("whatever happens: only eligible replicas lead cleanly, and sets never overlap or leave the replicas", () => {
  fc.assert(fc.property(world, ({ replicas, minIsr, isElrEnabled, steps }) => {
    let current = partition({ replicas, isr: replicas, leader: replicas[0] });
    for (const { leaves, joins, alive, unclean } of steps) {
      const before = current;
      const isr = before.replicas.filter((id) =>
        (before.isr.includes(id) || (before.leader !== -1 && joins.includes(id) && alive.includes(id))) &&
        !leaves.includes(id) && !unclean.includes(id)
      );
      current = change(before, { isr, uncleanShutdown: ids(...unclean) }, { alive, minIsr, isElrEnabled });
      const { leader, elr, leaderEpoch } = current;
      assert.ok(current.isr.every((id) => replicas.includes(id)) && elr.every((id) => replicas.includes(id)));
      assert.ok(elr.every((id) => !current.isr.includes(id) && !unclean.includes(id)));
      assert.ok(isElrEnabled || (elr.length === 0 && current.isr.length > 0));
      if (leader !== -1) assert.ok(current.isr.includes(leader) && alive.includes(leader));
      if (leader === before.leader) assert.equal(leaderEpoch, before.leaderEpoch);
      else assert.equal(leaderEpoch, before.leaderEpoch + 1);
      const isClean = current.leaderRecoveryState === before.leaderRecoveryState;
      const hadAll = [...before.isr, ...before.elr].includes(leader) || joins.includes(leader);
      if (leader !== -1 && leader !== before.leader && isClean) {
        assert.ok(hadAll || before.leaderRecoveryState === 1, "a clean leader was in sync or eligible");
      }
    }
  }));
});

Deno.test("a reassignment that removes more than it adds waits for all that stay (KIP-455)", () => {
  const moving = partition({ isr: ids(3), leader: 3, removingReplicas: ids(3) });
  const halfway = change(moving, { isr: ids(2, 3) });
  assert.deepEqual([halfway.replicas, halfway.leader], [[1, 2, 3], 3]);
  const done = change(halfway, { isr: ids(1, 2, 3) });
  assert.deepEqual([done.replicas, done.isr, done.leader], [[1, 2], [1, 2], 1]);
});

Deno.test("a reassignment that replaces another one keeps who is in sync until there are others", () => {
  const moving = partition({
    replicas: ids(4, 1),
    isr: ids(4),
    leader: 4,
    addingReplicas: ids(4),
    removingReplicas: ids(1),
  });
  const { replicas, adding, removing } = startReassignment(moving, ids(5));
  assert.deepEqual([replicas, adding, removing], [[5, 4, 1], [5], [4, 1]]);
});
