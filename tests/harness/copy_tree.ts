/** Copies a directory with everything in it; the copy may be written. */
export function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyTree(`${from}/${name}`, `${to}/${name}`);
    else Deno.writeFileSync(`${to}/${name}`, Deno.readFileSync(`${from}/${name}`));
  }
}
