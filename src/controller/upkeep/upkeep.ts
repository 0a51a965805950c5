/** Everything that the active controller does without being asked. */

import { emptyImage, type MetadataImage } from "../../metadata/image.ts";
import type { MetadataChange } from "../../metadata/change.ts";
import type { ControllerContext } from "../context.ts";
import { IdleRecords } from "./idle_records.ts";
import { InternalTopics } from "./internal_topics.ts";
import { LeaderBalance } from "./leader_balance.ts";
import { Rebalancer } from "./rebalancer.ts";
import { TaskRunner } from "./task.ts";
import { UncleanElections } from "./unclean_elections.ts";

export class Upkeep {
  readonly #runners: readonly TaskRunner[];
  #before: MetadataImage = emptyImage("");
  #isActive = false;

  constructor(controller: ControllerContext) {
    this.#runners = [
      new LeaderBalance(controller),
      new UncleanElections(controller),
      new InternalTopics(controller),
      new Rebalancer(controller),
      new IdleRecords(controller),
    ].map((task) => new TaskRunner(controller, task));
  }

  start(image: MetadataImage): void {
    this.#before = image;
    this.#isActive = true;
    for (const runner of this.#runners) runner.start();
  }

  stop(): void {
    this.#isActive = false;
    for (const runner of this.#runners) runner.stop();
  }

  onImage(image: MetadataImage, change: MetadataChange): void {
    if (!this.#isActive) return;
    const before = this.#before;
    this.#before = image;
    for (const runner of this.#runners) runner.onChange(change, image, before);
  }
}
