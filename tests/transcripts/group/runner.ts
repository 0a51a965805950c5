/**
 * Runs transcripts of group shards. A transcript is text: comments, and commands that are followed by "----" and
 * what came of them, up to a blank line. The commands, with the keys they know; what is not said has a default:
 *
 *     config KEY=NUMBER...                    begins anew with another configuration
 *     log manual | log auto                   whether appends wait for `appended`; auto at first
 *     join LABEL group= client= member= instance= type= protocols=NAME:METADATA,... session= rebalance= v= reason=
 *     sync LABEL group= member= instance= generation= assign=MEMBER:TEXT,... type= protocol= v=
 *     heartbeat LABEL group= member= instance= generation=
 *     leave LABEL group= members=MEMBER/INSTANCE,... member= v= reason=
 *     commit LABEL group= member= instance= generation= offsets=TOPIC:PARTITION:OFFSET:METADATA,... retention= v=
 *     fetch LABEL group= partitions=TOPIC:PARTITION,... stable=yes          all without partitions
 *     forget LABEL group= partitions=TOPIC:PARTITION,...                    that is OffsetDelete
 *     delete LABEL groups=    list LABEL states= types=    describe LABEL groups= v=
 *     appended ID    failed ID ERROR    advance MILLISECONDS    topics-deleted TOPIC...
 *     restart KEY=NUMBER...    unload    loading      a restart may come with another configuration
 *
 * METADATA of the form @TOPIC+TOPIC is a consumer's subscription. A LABEL is what replies are shown with; lines are
 * marked with the time in milliseconds since the start once it has moved.
 */

import { GroupShard } from "../../../src/coordinator/group/group_shard.ts";
import type { GroupRequest } from "../../../src/coordinator/group/types.ts";
import { ZERO_UUID } from "../../../src/core/uuid.ts";
import { ErrorCode, type ErrorName } from "../../../src/protocol/error_codes.ts";
import { ShardDriver } from "../../unit/coordinator/group/driver.ts";
import { formatEffects } from "./format.ts";
import { Args, parseRequest } from "./request.ts";

export interface Command {
  readonly verb: string;
  /** Words without "=". */
  readonly words: readonly string[];
  readonly args: Args;
}

/** Runs a transcript and returns it with the output that came out now. */
export function runTranscript(text: string): string {
  const session = new Session();
  const blocks = text.trimEnd().split(/\n\n+/).map((block) => runBlock(session, block));
  return blocks.join("\n\n") + "\n";
}

/** Comments stay, commands run, output is replaced. */
function runBlock(session: Session, block: string): string {
  const lines = block.split("\n");
  const divider = lines.indexOf("----");
  const input = divider === -1 ? lines : lines.slice(0, divider);
  const commands = input.filter((line) => !line.startsWith("#"));
  if (commands.length === 0) return input.join("\n");
  const output = commands.flatMap((line) => session.run(parseCommand(line)));
  return [...input, "----", ...(output.length > 0 ? output : ["ok"])].join("\n");
}

export function parseCommand(line: string): Command {
  // A value with spaces stands in double quotes.
  const [verb = "", ...rest] = line.match(/[^\s=]+="[^"]*"|\S+/g) ?? [];
  const values = new Map<string, string>();
  const words: string[] = [];
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at === -1) words.push(part);
    else values.set(part.slice(0, at), part.slice(at + 1).replace(/^"(.*)"$/, "$1"));
  }
  return { verb, words, args: new Args(values) };
}

/** One shard with the requests that were made of it. */
class Session {
  #driver: ShardDriver;
  #output: string[] = [];
  readonly #asked: { readonly label: string; readonly request: GroupRequest }[] = [];

  constructor() {
    this.#driver = this.#newDriver({});
  }

  run(command: Command): string[] {
    this.#output = [];
    if (!this.#control(command)) this.#request(command);
    return this.#output;
  }

  #newDriver(config: Record<string, number>): ShardDriver {
    const driver: ShardDriver = new ShardDriver(config, (effects) => {
      this.#output.push(...formatEffects(effects, driver.nowMs, (token) => this.#asked[token]!));
    });
    driver.step({ type: "loaded" });
    return driver;
  }

  /** Commands that are not requests; returns false for those. */
  #control({ verb, words, args }: Command): boolean {
    const driver = this.#driver;
    switch (verb) {
      case "config":
        this.#driver = this.#newDriver(configOf(args));
        return true;
      case "log":
        driver.autoAppend = words[0] === "auto";
        return true;
      case "appended":
        driver.appended(Number(words[0]));
        return true;
      case "failed":
        driver.appendFailed(Number(words[0]), ErrorCode[words[1] as ErrorName]);
        return true;
      case "advance":
        driver.advance(Number(words[0]));
        return true;
      case "topics-deleted":
        driver.step({
          type: "topicsDeleted",
          topics: words.map((name) => ({ name, topicId: ZERO_UUID })),
        });
        return true;
      case "restart":
        driver.restart(configOf(args));
        return true;
      case "loading":
        driver.shard = new GroupShard(driver.config, () => "never");
        return true;
      case "unload":
        driver.step({ type: "unload" });
        return true;
      default:
        return false;
    }
  }

  #request({ verb, words, args }: Command): void {
    const request = parseRequest(verb, args, this.#asked.length);
    this.#asked.push({ label: words[0] ?? "?", request });
    this.#driver.step(request);
  }
}

function configOf(args: Args): Record<string, number> {
  return Object.fromEntries(Array.from(args.entries(), ([key, value]) => [key, Number(value)]));
}
