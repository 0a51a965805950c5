/**
 * Assembles the inner loops of snappy and LZ4 (src/records/compression/lz77.wat) and embeds them as base64 in
 * src/records/compression/lz77_wasm.ts.
 *
 *   deno run -A scripts/build_lz77.ts            writes the file
 *   deno run -A scripts/build_lz77.ts --check    fails when the file is not what this script would write
 */

import { readFile } from "node:fs/promises";
import { embed } from "./embed_wasm.ts";

const source = new URL("../src/records/compression/lz77.wat", import.meta.url);

await embed({
  script: "scripts/build_lz77.ts",
  target: new URL("../src/records/compression/lz77_wasm.ts", import.meta.url),
  wat: await readFile(source, "utf8"),
  constants: `/** How many bytes at the beginning of the module's memory the table of positions takes. */
export const TABLE_BYTES = ${2 << 14};`,
  doc:
    "The module: exports memory, lz4Compress, lz4Decompress, snappyCompress, snappyDecompress; see lz77.wat.",
});
