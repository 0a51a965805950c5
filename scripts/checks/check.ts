/** What the gate runs: a check finds problems; each problem says where, and the check says how to fix them. */

/** Something that the gate refuses. */
export interface Problem {
  /** `path:line`, or a path, or nothing when it is about the whole tree. */
  readonly at?: string;
  readonly message: string;
}

/** What a check found. `skipped` says why it did not run. */
export interface Outcome {
  readonly problems: readonly Problem[];
  readonly skipped?: string;
}

/** One check of the gate. */
export interface Check {
  readonly name: string;
  /** How to fix what it finds, in one sentence. */
  readonly hint: string;
  run(): Promise<Outcome> | Outcome;
}

/** The root of the repository, with a slash at the end. */
export const root = new URL("../../", import.meta.url).pathname;

/** What a program printed, both streams together, and whether it ended well. */
export interface Ran {
  readonly success: boolean;
  readonly output: string;
}

/** Runs a program in the root of the repository and gathers what it prints. */
export async function runProgram(command: string, args: readonly string[]): Promise<Ran> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { success, output: (decoder.decode(stdout) + decoder.decode(stderr)).trim() };
}

/** A check that is a program: what it prints when it fails is the problem. */
export function programCheck(name: string, hint: string, args: readonly string[]): Check {
  return {
    name,
    hint,
    async run() {
      const { success, output } = await runProgram(Deno.execPath(), args);
      return { problems: success ? [] : [{ message: output }] };
    },
  };
}

/** Whether a file or directory of the repository is there. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(root + path);
    return true;
  } catch {
    return false;
  }
}
