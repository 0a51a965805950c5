import { type JavaTools, runMain } from "./java.ts";

/** Writes `messages/<Message>.jsonl`: each version of each message as bytes and as Kafka's JSON. */
export async function captureMessages(tools: JavaTools, goldenDir: string): Promise<void> {
  const target = `${goldenDir}/messages`;
  await Deno.remove(target, { recursive: true }).catch(() => {});
  await Deno.mkdir(target, { recursive: true });
  console.error((await runMain(tools, "CaptureMessages", [target])).trim());
}
