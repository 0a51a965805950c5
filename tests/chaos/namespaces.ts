/**
 * A small network on this machine: every node in a network namespace of its own, all on one bridge, where links can be
 * cut in one direction or both and slowed down (iproute2). It needs CAP_NET_ADMIN; see {@link labProblem}.
 *
 * A link is cut by giving the sender a wrong hardware address of the receiver: packets leave and never arrive, as
 * behind a broken switch, and nobody is told.
 */

/** Nobody has this hardware address. */
const NOWHERE = "02:00:00:00:00:99";
/** The place of everything that is not a node, such as the clients, on the network. */
const OUTSIDE = 254;

/** What a program complains of; null when it does well. */
async function problemOf(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const quiet = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    const { success, stderr } = await new Deno.Command(command, { args: [...args], ...quiet }).output();
    return success ? null : new TextDecoder().decode(stderr).trim() || "it failed";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function run(command: string, ...args: readonly string[]): Promise<void> {
  const problem = await problemOf(command, args);
  if (problem !== null) throw new Error(`${command} ${args.join(" ")}: ${problem}`);
}

/** Why there can be no such network here; null when there can. */
export async function labProblem(): Promise<string | null> {
  const name = `sluice-${Deno.pid}-try`;
  const problem = await problemOf("ip", ["netns", "add", name]);
  if (problem !== null) return `no network namespaces (${problem}): they need iproute2 and CAP_NET_ADMIN`;
  await problemOf("ip", ["netns", "del", name]);
  return null;
}

const open = new Set<NetworkLab>();

function removeAll(): void {
  for (const lab of open) lab.removeNow();
}

globalThis.addEventListener("unload", removeAll);

/** A test run that is told to end leaves no network, and then ends as it was told. */
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  const onSignal = () => {
    removeAll();
    Deno.removeSignalListener(signal, onSignal);
    Deno.kill(Deno.pid, signal);
  };
  Deno.addSignalListener(signal, onSignal);
}

export class NetworkLab implements AsyncDisposable {
  readonly #count: number;
  readonly #subnet: string;
  readonly #bridge = `slb${Deno.pid}`;
  /** How links are slowed: netem delays packets, where the kernel has it; tbf makes them queue. */
  #slowing: readonly string[] = [];

  private constructor(count: number) {
    this.#count = count;
    this.#subnet = `10.${64 + Deno.pid % 128}.${(Deno.pid >> 7) % 256}`;
  }

  /** A network with places for nodes 1 to `count`. */
  static async open(count: number): Promise<NetworkLab> {
    const lab = new NetworkLab(count);
    open.add(lab);
    try {
      await lab.#build();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  /** The address of a node. */
  hostOf(id: number): string {
    return `${this.#subnet}.${id}`;
  }

  /** The words that run a program where a node is. */
  prefixOf(id: number): readonly string[] {
    return ["ip", "netns", "exec", this.#namespace(id)];
  }

  /** Nothing that `from` sends to `to` arrives any more; what comes back still does. */
  async cut(from: number, to: number): Promise<void> {
    const device = from === OUTSIDE ? this.#bridge : "eth0";
    const words = ["neigh", "replace", this.hostOf(to), "lladdr", NOWHERE, "dev", device, "nud", "permanent"];
    await run("ip", ...this.#inside(from), ...words);
  }

  async heal(from: number, to: number): Promise<void> {
    const device = from === OUTSIDE ? this.#bridge : "eth0";
    await problemOf("ip", [...this.#inside(from), "neigh", "del", this.hostOf(to), "dev", device]);
  }

  /** What a node sends takes long. */
  async slow(id: number): Promise<void> {
    await run("ip", "netns", "exec", this.#namespace(id), "tc", ...this.#words("replace"), ...this.#slowing);
  }

  async unslow(id: number): Promise<void> {
    await problemOf("ip", ["netns", "exec", this.#namespace(id), "tc", ...this.#words("del")]);
  }

  /** Everybody reaches everybody again. */
  async healAll(): Promise<void> {
    const places = [...this.ids, OUTSIDE];
    await Promise.all([
      ...places.flatMap((from) => places.filter((to) => to !== from).map((to) => this.heal(from, to))),
      ...this.ids.map((id) => this.unslow(id)),
    ]);
  }

  get ids(): number[] {
    return Array.from({ length: this.#count }, (_, index) => index + 1);
  }

  /** Where clients are, for cuts between them and nodes. */
  get outside(): number {
    return OUTSIDE;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.removeNow();
    return Promise.resolve();
  }

  /** Removes everything, and nothing happens meanwhile. */
  removeNow(): void {
    open.delete(this);
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    for (const id of this.ids) {
      new Deno.Command("ip", { args: ["netns", "del", this.#namespace(id)], ...quiet }).outputSync();
    }
    new Deno.Command("ip", { args: ["link", "del", this.#bridge], ...quiet }).outputSync();
  }

  async #build(): Promise<void> {
    await run("ip", "link", "add", this.#bridge, "type", "bridge");
    await run("ip", "addr", "add", `${this.hostOf(OUTSIDE)}/24`, "dev", this.#bridge);
    await run("ip", "link", "set", this.#bridge, "up");
    for (const id of this.ids) {
      const link = `slv${Deno.pid}-${id}`;
      const namespace = this.#namespace(id);
      await run("ip", "netns", "add", namespace);
      await run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace);
      await run("ip", "link", "set", link, "master", this.#bridge, "up");
      await run("ip", "-n", namespace, "addr", "add", `${this.hostOf(id)}/24`, "dev", "eth0");
      await run("ip", "-n", namespace, "link", "set", "eth0", "up");
      await run("ip", "-n", namespace, "link", "set", "lo", "up");
    }
    const netem = ["netem", "delay", "150ms", "100ms", "distribution", "normal"];
    const words = ["netns", "exec", this.#namespace(1), "tc", ...this.#words("replace"), ...netem];
    const hasNetem = await problemOf("ip", words) === null;
    await this.unslow(1);
    this.#slowing = hasNetem ? netem : ["tbf", "rate", "2mbit", "burst", "20kb", "latency", "400ms"];
  }

  #words(action: string): string[] {
    return ["qdisc", action, "dev", "eth0", "root"];
  }

  #namespace(id: number): string {
    return `sluice-${Deno.pid}-${id}`;
  }

  #inside(id: number): string[] {
    return id === OUTSIDE ? [] : ["-n", this.#namespace(id)];
  }
}
