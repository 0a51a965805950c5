/**
 * Writes what is generated in the documentation: the references of configs and metrics, what Grafana and Prometheus
 * load, and in README.md the parts between `<!-- generated: NAME -->` and `<!-- end of generated -->`. `--check` only
 * says what is stale.
 */

import { ByteReader, ByteWriter } from "../src/core/bytes.ts";
import { configReference } from "../src/config/document.ts";
import { metricsReference } from "../src/http/metrics/document.ts";
import { apis } from "../src/protocol/messages/index.ts";
import { exists, root } from "./checks/check.ts";
import { layers } from "./checks/layer_table.ts";
import { writeOrCheck } from "./generated_files.ts";
import { monitoringFiles } from "./monitoring/files.ts";
import { startBroker, type StartedBroker } from "./start_broker.ts";

interface ServedApi {
  readonly key: number;
  readonly min: number;
  readonly max: number;
}

/** Asks a broker which APIs it serves, in the oldest way there is: ApiVersions v0. */
async function askApiVersions({ host, port }: StartedBroker): Promise<ServedApi[]> {
  const request = new ByteWriter();
  request.writeInt32(10); // bytes that follow
  request.writeInt16(18); // ApiVersions
  request.writeInt16(0); // version
  request.writeInt32(1); // correlation id
  request.writeNullableString(null); // client id
  using connection = await Deno.connect({ hostname: host, port });
  await connection.write(request.written);
  const answer = new Uint8Array(65536);
  let length = 0;
  while (length < 4 || length < 4 + new DataView(answer.buffer).getInt32(0)) {
    const count = await connection.read(answer.subarray(length));
    if (count === null) throw new Error("the broker closed the connection");
    length += count;
  }
  const reader = new ByteReader(answer, 10, length);
  const count = reader.readInt32();
  return Array.from({ length: count }, () => ({
    key: reader.readInt16(),
    min: reader.readInt16(),
    max: reader.readInt16(),
  }));
}

/** The paths of the handlers by API key, from the numbers that their files begin with. */
function handlerFiles(): Map<number, string> {
  const files = new Map<number, string>();
  for (const folder of ["src/controller/handlers", "src/broker/handlers"]) {
    if (!exists(folder)) continue;
    for (const { name } of Deno.readDirSync(root + folder)) {
      const key = /^(\d+)_.*\.ts$/.exec(name)?.[1];
      if (key !== undefined) files.set(Number(key), `${folder}/${name}`);
    }
  }
  return files;
}

async function apiTable(): Promise<string> {
  const broker = await startBroker();
  try {
    const served = await askApiVersions(broker);
    const names = new Map(apis.map((api) => [api.key, api.name]));
    const files = handlerFiles();
    const rows = served.toSorted((a, b) => a.key - b.key).map(({ key, min, max }) => {
      const file = files.get(key);
      const versions = min === max ? `${min}` : `${min} to ${max}`;
      return `| ${key} | ${names.get(key) ?? "?"} | ${versions} | ${file ? `[${file}](${file})` : ""} |`;
    });
    return ["| key | API | versions | handler |", "| --- | --- | --- | --- |", ...rows].join("\n");
  } finally {
    await broker.stop();
  }
}

function layerTable(): string {
  const rows = Object.entries(layers).map(([layer, may]) => `| ${layer} | ${may.join(", ") || "nothing"} |`);
  return ["| layer | may import |", "| --- | --- |", ...rows].join("\n");
}

const sections: Readonly<Record<string, () => string | Promise<string>>> = {
  apis: apiTable,
  layers: layerTable,
};

async function fillSections(text: string): Promise<string> {
  let filled = text;
  for (const [whole, name] of text.matchAll(/<!-- generated: (\w+) -->\n[^]*?<!-- end of generated -->/g)) {
    const content = await sections[name ?? ""]?.();
    if (content === undefined) throw new Error(`README.md asks for "${name}", which nothing generates`);
    filled = filled.replace(
      whole,
      () => `<!-- generated: ${name} -->\n\n${content}\n\n<!-- end of generated -->`,
    );
  }
  return filled;
}

/** Markdown as `deno fmt` wants it, so that generated files pass the format check. */
async function formatted(markdown: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

async function generate(): Promise<Map<string, string>> {
  const files = new Map([
    ["src/config/README.md", configReference()],
    ["src/http/metrics/README.md", metricsReference()],
    ...monitoringFiles(),
  ]);
  if (!exists("README.md")) return files;
  const readme = await fillSections(Deno.readTextFileSync(`${root}README.md`));
  return files.set("README.md", await formatted(readme));
}

if (import.meta.main) writeOrCheck(await generate());
