/**
 * Plays every transcript of this folder: a line that begins with "> " is a command, what follows up to the next one
 * is what the replicas do because of it, a line that begins with "#" is for the reader. A transcript that should
 * read otherwise is recorded anew with `deno test -A tests/transcripts/raft -- --record`, and looked at before it is committed.
 *
 * Commands: nodes IDS [observers IDS]; start IDS; crash IDS; time MS; deliver [FROM>TO]; drop [FROM>TO]; run MS
 * (time with delivery, without the messages); cut ID ID; heal; limit COUNT (records a fetch); propose ID COUNT; hold ID and flush ID (flushes); add LEADER ID; remove LEADER ID; snapshot ID; shutdown ID; state.
 */

import assert from "node:assert/strict";
import { TranscriptCluster } from "./transcript_cluster.ts";

const folder = new URL("./", import.meta.url);

function numbers(text: string | undefined): number[] {
  return (text ?? "").split(",").filter((part) => part !== "").map(Number);
}

function run(cluster: TranscriptCluster, command: string): void {
  const [verb, first, second, third] = command.split(" ");
  const id = Number(first);
  const [from, to] = (first ?? "").split(">").map((part) => part === "" ? undefined : Number(part));
  if (verb === "nodes") cluster.addNodes(numbers(first), second === "observers" ? numbers(third) : []);
  else if (verb === "start") numbers(first).forEach((node) => cluster.start(node));
  else if (verb === "crash") numbers(first).forEach((node) => cluster.crash(node));
  else if (verb === "time") cluster.passTime(id, false);
  else if (verb === "run") cluster.passTime(id, true);
  else if (verb === "cut") cluster.cut(id, Number(second));
  else if (verb === "limit") cluster.maxRecords = id;
  else if (verb === "heal") cluster.heal();
  else if (verb === "deliver") cluster.deliver(from, to);
  else if (verb === "drop") cluster.drop(from, to);
  else if (verb === "propose") cluster.propose(id, Number(second));
  else if (verb === "hold") cluster.holdFlushes(id, true);
  else if (verb === "flush") cluster.holdFlushes(id, false);
  else if (verb === "snapshot") cluster.snapshot(id);
  else if (verb === "shutdown") cluster.shutdown(id);
  else if (verb === "state") cluster.describe();
  else if (verb === "add") {
    const voter = cluster.voter(Number(second));
    cluster.ask(id, { type: "addVoter", voter, timeoutMs: 5000, ackWhenCommitted: true });
  } else if (verb === "remove") {
    cluster.ask(id, { type: "removeVoter", voterKey: cluster.voter(Number(second)), timeoutMs: 5000 });
  } else throw new Error(`unknown command "${command}"`);
}

/** The transcript with what really happens. */
function play(text: string): string {
  const cluster = new TranscriptCluster();
  const output: string[] = [];
  for (const line of text.split("\n")) {
    const isComment = line.startsWith("#");
    if (!isComment && !line.startsWith("> ")) continue;
    if (output.length > 0 && !output.at(-1)!.startsWith("#")) output.push("");
    output.push(line);
    if (isComment) continue;
    cluster.lines.length = 0;
    run(cluster, line.slice(2));
    // What is said between nodes while time runs is too much to read.
    const isRun = line.startsWith("> run");
    output.push(...cluster.lines.filter((text) => !isRun || !/^\d+ (> |replies )/.test(text)));
  }
  return output.join("\n") + "\n";
}

for (const { name } of [...Deno.readDirSync(folder)].sort((left, right) => left.name < right.name ? -1 : 1)) {
  if (!name.endsWith(".txt")) continue;
  Deno.test(`raft transcript: ${name}`, () => {
    const file = new URL(name, folder);
    const expected = Deno.readTextFileSync(file);
    const actual = play(expected);
    if (Deno.args.includes("--record")) Deno.writeTextFileSync(file, actual);
    else assert.equal(actual, expected);
  });
}
