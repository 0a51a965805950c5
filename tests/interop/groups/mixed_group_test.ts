/**
 * Clients of all kinds in one group: they share the partitions, members are killed with -9 and others come, the broker
 * itself is killed, and through all of it every record is delivered at least once and no commit moves back.
 */

import type { MemberProgram } from "./members/member.ts";
import { memberPrograms } from "./members/programs.ts";
import { pause, World } from "./world.ts";

const seed = Number(Deno.env.get("SLUICE_SEED") ?? 1);

async function joinAll(world: World, programs: readonly MemberProgram[]): Promise<MemberProgram[]> {
  const installed: MemberProgram[] = [];
  for (const program of programs) if (await world.join(program) !== null) installed.push(program);
  return installed;
}

/** Members go and come; the seed decides which, and when. */
async function disturb(world: World, programs: readonly MemberProgram[], steps: number): Promise<void> {
  const { random } = world;
  for (let step = 0; step < steps; step++) {
    const one = world.members[random.below(world.members.length)]!;
    const chance = random.next();
    if (world.members.length > 2 && chance < 0.45) await world.kill(one);
    else if (world.members.length > 2 && chance < 0.55) await world.leave(one);
    else await world.join(programs[random.below(programs.length)]!);
    await pause(random.below(900));
  }
}

async function finish(world: World): Promise<void> {
  await world.untilShared();
  await world.untilAllDelivered();
  for (const member of [...world.members]) await world.leave(member);
  await world.untilAllCommitted();
}

Deno.test({
  name: `groups: clients of every kind share one group and survive members that die (seed ${seed})`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using world = await World.start({ partitions: 14, assignor: "roundrobin", seed });
    const installed = await joinAll(world, memberPrograms);
    await world.untilShared();
    await disturb(world, installed, 8);
    await finish(world);
  },
});

for (const assignor of ["range", "cooperative-sticky"]) {
  Deno.test({
    name: `groups: members on ${assignor} go on after the broker was killed (seed ${seed})`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using world = await World.start({ partitions: 8, assignor, seed });
      const programs = memberPrograms.filter(({ assignors }) => assignors.includes(assignor));
      const installed = await joinAll(world, programs);
      await world.untilShared();
      await world.crashBroker();
      await disturb(world, installed, 3);
      await finish(world);
    },
  });
}
