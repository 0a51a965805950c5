/** The examples in src/http/rest/README.md, run as they stand there. */

import assert from "node:assert/strict";
import { startRestNode } from "../harness/rest.ts";

const text = Deno.readTextFileSync(new URL("../../src/http/rest/README.md", import.meta.url));
const examples = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!.trim().split("\n")
);

function hasCurl(): boolean {
  try {
    return new Deno.Command("curl", { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({ name: "every example of the REST interface works", ignore: !hasCurl() }, async () => {
  await using node = await startRestNode({
    "offsets.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
  });
  const { port } = node.node.httpAddress!;
  assert.ok(examples.length >= 20);
  // The topic that the first examples delete is there for the later ones.
  const commands = examples.flatMap((one) =>
    one.includes("-X DELETE 127.0.0.1:8080/topics/orders") ? [one, examples[0]!] : [one]
  );
  for (const command of commands) {
    const words = command.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`)
      .replaceAll("curl ", "curl -sS --fail-with-body --max-time 20 ");
    const { success, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", words] }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.ok(success, `${command}\n${said}`);
    if (command.includes("/stream")) assert.match(said, /event: end/);
    else if (said !== "") JSON.parse(said);
  }
});
