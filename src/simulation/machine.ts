/** A simulated machine: a disk, clocks and a place in the network, and the process that runs on it. */

import { assert } from "../core/assert.ts";
import type { Prng } from "../core/prng.ts";
import type { Platform } from "../platform/platform.ts";
import { DiskFaults } from "./disk/disk_faults.ts";
import { Medium } from "./disk/medium.ts";
import { SimDisk } from "./disk/sim_disk.ts";
import { type Death, Life } from "./life.ts";
import { type ClockSettings, MachineClock, MachineTimers } from "./machine_time.ts";
import type { Fabric, HostState } from "./network/fabric.ts";
import { SimNetwork } from "./network/sim_network.ts";
import type { Scheduler } from "./scheduler.ts";

/** What a disk holds when nothing fills it up. */
export const DISK_BYTES = 2 ** 40;

/** What a machine is built with. */
export interface MachineOptions {
  readonly host: string;
  readonly scheduler: Scheduler;
  readonly fabric: Fabric;
  readonly prng: Prng;
  readonly clock: ClockSettings;
  readonly diskBytes?: number;
}

/** A process that has just been started. */
export interface Boot {
  readonly life: Life;
  readonly platform: Platform;
}

export class Machine {
  readonly host: string;
  readonly clock: MachineClock;
  readonly medium: Medium;
  readonly faults: DiskFaults;
  /** Whether bits of the disk have flipped: nothing may be told from its files any more. */
  isRotten = false;
  readonly #scheduler: Scheduler;
  readonly #fabric: Fabric;
  readonly #prng: Prng;
  readonly #state: HostState;
  #life: Life | null = null;
  #boots = 0;

  constructor(options: MachineOptions) {
    this.host = options.host;
    this.#scheduler = options.scheduler;
    this.#fabric = options.fabric;
    this.#prng = options.prng;
    this.clock = new MachineClock(options.scheduler, options.clock);
    this.medium = new Medium(options.diskBytes ?? DISK_BYTES);
    this.faults = new DiskFaults(options.prng.fork());
    this.#state = options.fabric.addHost(options.host);
  }

  /** The process that runs; null when there is none. */
  get life(): Life | null {
    return this.#life?.alive === true ? this.#life : null;
  }

  /** Whether the disk has failed the process that runs, or is nearly full. */
  get hasDiskTrouble(): boolean {
    return this.faults.errors > 0 || this.medium.capacityBytes < DISK_BYTES;
  }

  /** Starts a process. The last one must have ended. */
  boot(): Boot {
    assert(this.life === null, `${this.host} runs one process at a time`);
    this.#state.powered = true;
    const life = new Life(`${this.host}#${++this.#boots}`);
    this.#life = life;
    const { clock } = this;
    const disk = new SimDisk({
      scheduler: this.#scheduler,
      medium: this.medium,
      faults: this.faults,
      life,
      wallMs: () => clock.wallMs(),
    });
    const platform = {
      clock,
      timers: new MachineTimers(this.#scheduler, clock, life),
      random: this.#prng.fork(),
      disk,
      network: new SimNetwork(this.#fabric, this.#state, life),
    };
    return { life, platform };
  }

  /** Ends the process at once, from one instruction to the next. */
  crash(how: Death): void {
    this.#scheduler.note(this.host, "crash", how);
    const life = this.life;
    life?.end();
    if (life !== null) this.#fabric.onDeath(life, how);
    if (how === "process") return;
    this.#state.powered = false;
    this.medium.powerCut(this.#prng);
  }
}
