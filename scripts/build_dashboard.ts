/**
 * Bundles the dashboard's browser program (src/http/dashboard/client) with the libraries it uses and embeds the
 * result as text in src/http/dashboard/bundle.ts.
 *
 *   deno run -A scripts/build_dashboard.ts            writes the file
 *   deno run -A scripts/build_dashboard.ts --check    fails when the file is not what this script would write
 *   deno run -A scripts/build_dashboard.ts --out DIR  writes the bundle as files, to look at
 */

import { createHash } from "node:crypto";
import { BUN_VERSION, bunCommand } from "../tests/harness/deno_path.ts";
import { root, runProgram } from "./checks/check.ts";
import { writeOrCheck } from "./generated_files.ts";

const client = `${root}src/http/dashboard/client`;
const target = "src/http/dashboard/bundle.ts";

/** What a file of the bundle is called with its contents' hash, so that browsers may keep it for ever. */
function hashedName(name: string, text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return name.replace(/(?=\.[a-z]+$)/, `.${hash}`);
}

async function bundled(entry: string, into: string): Promise<string> {
  const [command, ...first] = bunCommand();
  const { success, output } = await runProgram(command, [
    ...first,
    ...["build", `${client}/${entry}`, "--production", "--target=browser", "--outdir", into],
    ...["--jsx-runtime", "automatic", "--jsx-import-source", "preact"],
  ]);
  if (!success) throw new Error(output);
  return Deno.readTextFileSync(`${into}/${entry.replace(/\.tsx?$/, ".js")}`);
}

/** The files of the bundle by their names on the server. */
async function build(): Promise<Map<string, string>> {
  const into = Deno.makeTempDirSync({ prefix: "sluice-dashboard-" });
  try {
    const parts = new Map([
      ["app.js", await bundled("app.tsx", into)],
      ["app.css", await bundled("app.css", into)],
      ["icon.svg", Deno.readTextFileSync(`${client}/icon.svg`).trim()],
    ]);
    let page = Deno.readTextFileSync(`${client}/index.html`);
    const files = new Map<string, string>();
    for (const [name, text] of parts) {
      const hashed = hashedName(name, text);
      page = page.replaceAll(`assets/${name}`, `assets/${hashed}`);
      files.set(hashed, text);
    }
    return files.set("index.html", page);
  } finally {
    Deno.removeSync(into, { recursive: true });
  }
}

function moduleOf(files: ReadonlyMap<string, string>): string {
  const entries = [...files].map(([name, text]) =>
    `  ${JSON.stringify(name)}:\n    ${JSON.stringify(text)},`
  );
  return `// deno-fmt-ignore-file
// deno-lint-ignore-file
/**
 * The dashboard's files by name, for browsers; all but the page carry a hash of their contents in their names.
 * Written by scripts/build_dashboard.ts with Bun ${BUN_VERSION} from src/http/dashboard/client; do not edit.
 */

export const bundle: Readonly<Record<string, string>> = {
${entries.join("\n")}
};
`;
}

const files = await build();
const out = Deno.args.indexOf("--out");
if (out < 0) {
  writeOrCheck(new Map([[target, moduleOf(files)]]));
} else {
  const directory = Deno.args[out + 1] ?? ".";
  for (const [name, text] of files) Deno.writeTextFileSync(`${directory}/${name}`, text);
}
