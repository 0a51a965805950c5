/** What a node says goes into the transcript; an error that no fault explains is a finding. */

import type { LogFields, Logger } from "../core/logger.ts";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

export class SimLogger implements Logger {
  readonly #world: World;
  readonly #life: Life;
  readonly #isExplained: () => boolean;
  readonly #fields: LogFields;

  /** `isExplained` says whether the machine has had faults that the node may complain about. */
  constructor(world: World, life: Life, isExplained: () => boolean, fields: LogFields = {}) {
    this.#world = world;
    this.#life = life;
    this.#isExplained = isExplained;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#say("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#say("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#say("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    if (!this.#life.alive) return;
    this.#say("error", message, fields);
    this.#world.findings.require(
      this.#isExplained(),
      "nothing goes wrong without a fault",
      () => `${this.#life.name}: ${message} ${textOf({ ...this.#fields, ...fields })}`,
    );
  }

  with(fields: LogFields): Logger {
    return new SimLogger(this.#world, this.#life, this.#isExplained, { ...this.#fields, ...fields });
  }

  #say(level: string, message: string, fields: LogFields | undefined): void {
    if (!this.#life.alive) return;
    const { scheduler } = this.#world;
    // Stacks differ between engines, and only text is made of fields.
    const text = scheduler.transcript.keepsText ? textOf({ ...this.#fields, ...fields }) : "";
    scheduler.transcript.add(scheduler.nowUs, this.#life.name, level, message);
    if (text !== "") scheduler.transcript.detail(text);
  }
}

function textOf(fields: LogFields): string {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(" ");
}
