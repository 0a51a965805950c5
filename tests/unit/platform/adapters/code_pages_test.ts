import { deepEqual } from "node:assert/strict";
import { unchangedMappings } from "../../../../src/platform/adapters/code_pages.ts";

/** One mapping as /proc/PID/smaps shows it. */
function mapping(head: string, anonymousKb: number): string {
  return `${head}\nSize:  64 kB\nRss:  60 kB\nAnonymous:  ${anonymousKb} kB\nVmFlags: rd ex mr\n`;
}

Deno.test("only what is as in the executable's file may be let go of", () => {
  const program = "/usr/bin/a program";
  const smaps = [
    mapping(`00200000-01a39000 r--p 00000000 fe:00 530                            ${program}`, 0),
    mapping(`01a40000-0684a000 r-xp 01838000 fe:00 530                            ${program}`, 0),
    // Changed by the dynamic linker, then made read-only.
    mapping(`0684a000-06867000 r--p 06641000 fe:00 530                            ${program}`, 116),
    mapping(`06867000-072f9000 rw-p 0665e000 fe:00 530                            ${program}`, 0),
    mapping(`7f0000000000-7f0000010000 rwxp 00000000 00:00 0 `, 0),
    mapping(`7f0000010000-7f0000020000 r-xp 00000000 fe:00 531                    /usr/lib/libc.so.6`, 0),
    mapping(`7f0000020000-7f0000030000 r-xp 00000000 00:00 0                      [vdso]`, 0),
  ].join("");
  deepEqual(unchangedMappings(smaps, program), [
    { start: 0x200000, length: 0x1839000 },
    { start: 0x1a40000, length: 0x4e0a000 },
  ]);
  deepEqual(unchangedMappings("", program), []);
});
