/** Sluice as a peer: the compiled executable, or the sources run by Deno or Bun. Defaults only. */

import { root, runProgram } from "../../checks/check.ts";
import { freePort, type Peer, type PeerProcess, spawnPeer, type StartOptions } from "./peer.ts";

/** How Sluice is run. */
export type SluiceForm = "executable" | "deno" | "bun";

function program(form: SluiceForm, executable: string, flags: readonly string[]): string[] {
  switch (form) {
    case "executable":
      return [executable];
    case "deno":
      return [Deno.execPath(), "run", "-A", ...flags, `${root}main.ts`];
    case "bun":
      return ["bun", "run", ...flags, `${root}main.ts`];
  }
}

/** What a Sluice peer is made of. */
export interface SluiceOptions {
  readonly form: SluiceForm;
  /** Which executable; dist/sluice unless set. */
  readonly executable?: string;
  /** Flags of the runtime, for forms that have one. */
  readonly runtimeFlags?: readonly string[];
  /** Further words of `sluice broker`. */
  readonly words?: readonly string[];
}

async function versionOf(form: SluiceForm, start: readonly string[]): Promise<string> {
  const { output } = await runProgram(start[0]!, [...start.slice(1), "--version"]);
  const git = await runProgram("git", ["rev-parse", "--short", "HEAD"]).catch(() => null);
  const commit = git?.success === true ? ` at commit ${git.output}` : "";
  const how = form === "executable" ? "compiled executable" : `from source, ${form}`;
  return `Sluice ${output.split(" ").at(-1)}${commit} (${how})`;
}

/** Sluice in one of its forms. */
export async function sluicePeer(options: SluiceOptions): Promise<Peer> {
  const executable = options.executable ?? `${root}dist/sluice`;
  const start = program(options.form, executable, options.runtimeFlags ?? []);
  const spawn = (directory: string, { port = freePort() }: StartOptions, words: readonly string[]) => {
    const listen = ["broker", "--listen", `127.0.0.1:${port}`, "--data-dir", directory, "--http", "off"];
    return spawnPeer([...start, ...listen, ...words, ...options.words ?? []], {
      port,
      logFile: `${directory}.log`,
    });
  };
  return {
    name: "Sluice",
    version: await versionOf(options.form, start),
    prepare: (directory) => Deno.mkdir(directory, { recursive: true }),
    spawn: (directory, started = {}) => spawn(directory, started, []),
    async spawnThree(directory): Promise<readonly PeerProcess[]> {
      const controllers = [1, 2, 3].map((id) => ({ id, port: freePort() }));
      const list = controllers.map(({ id, port }) => `${id}@127.0.0.1:${port}`).join(",");
      const nodes: PeerProcess[] = [];
      for (const { id, port } of controllers) {
        const words = [
          ...["--node-id", `${id}`, "--controllers", list],
          "--controller-listen",
          `127.0.0.1:${port}`,
        ];
        await Deno.mkdir(`${directory}/${id}`, { recursive: true });
        nodes.push(spawn(`${directory}/${id}`, {}, words));
      }
      return nodes;
    },
    installed: () =>
      options.form === "executable"
        ? { bytes: Deno.statSync(executable).size, what: "the executable" }
        : { bytes: 0, what: "runs from source" },
  };
}
