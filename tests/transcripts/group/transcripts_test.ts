/**
 * Every transcript beside this file must come out as it is written. To record one anew, after having looked at what
 * changed: `RECORD=name.txt deno test -A tests/transcripts/group` (`RECORD=all` for all of them).
 */

import assert from "node:assert/strict";
import { runTranscript } from "./runner.ts";

const folder = new URL("./", import.meta.url);
const record = Deno.env.get("RECORD");

for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  if (!name.endsWith(".txt")) continue;
  Deno.test(`transcript ${name}`, () => {
    const file = new URL(name, folder);
    const wanted = Deno.readTextFileSync(file);
    const actual = runTranscript(wanted);
    if (record === name || record === "all") Deno.writeTextFileSync(file, actual);
    else assert.equal(actual, wanted);
  });
}
