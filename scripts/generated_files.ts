/** Writes generated files, or with `--check` among the arguments says which are stale and fails. */

import { dirname } from "node:path";
import { exists, root } from "./checks/check.ts";

/** `files` are texts by path from the root of the repository. Ends the program with 1 when something is stale. */
export function writeOrCheck(files: ReadonlyMap<string, string>): void {
  const checking = Deno.args.includes("--check");
  const stale: string[] = [];
  for (const [path, text] of files) {
    if (exists(path) && Deno.readTextFileSync(root + path) === text) continue;
    stale.push(path);
    if (checking) continue;
    Deno.mkdirSync(dirname(root + path), { recursive: true });
    Deno.writeTextFileSync(root + path, text);
  }
  if (stale.length === 0) return;
  console.log(`${checking ? "stale" : "written"}: ${stale.join(", ")}`);
  if (checking) Deno.exit(1);
}
