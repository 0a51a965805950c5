/** The files in .deploy start nodes with configs that there are, and name the same controllers everywhere. */

import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { brokerCommand, type BrokerOptions } from "../../../src/cli/broker/command.ts";
import { loadSettings } from "../../../src/cli/broker/settings.ts";
import { parseOptions } from "../../../src/cli/parse.ts";
import type { BrokerConfig } from "../../../src/config/broker_config.ts";
import { configuredListeners, controllerListener } from "../../../src/node/listeners.ts";
import { FakeProcess, platformWith } from "../cli/fake_process.ts";

const read = (name: string) => Deno.readTextFileSync(new URL(`../../../.deploy/${name}`, import.meta.url));

/** The config of a container; unknown names in its environment and wrong values throw. */
async function configOf(
  words: readonly string[],
  environment: Record<string, string>,
): Promise<BrokerConfig> {
  assert.equal(words[0], "broker");
  const options = parseOptions(brokerCommand, words.slice(1)) as BrokerOptions;
  const context = { process: new FakeProcess({ args: [], environment }), platform: platformWith() };
  const { config, warnings } = await loadSettings(options, context);
  assert.deepEqual(warnings, []);
  return config;
}

interface ComposeService {
  readonly command: readonly string[];
  readonly environment: Record<string, string>;
  readonly ports: readonly string[];
}

Deno.test("compose: every node finds the controllers and is published where it says", async () => {
  const { services } = parse(read("compose.yaml"), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  assert.equal(Object.keys(services).length, 3);
  for (const [name, service] of Object.entries(services)) {
    const config = await configOf(service.command, service.environment);
    const controller = controllerListener(config, 0);
    assert.deepEqual(controller.advertised, { host: name, port: 9093 });
    assert.deepEqual(controller.address, { host: "0.0.0.0", port: 9093 });
    const [inside, outside] = configuredListeners(config, "broker");
    assert.equal(inside!.advertised!.host, name);
    const { host, port } = outside!.advertised!;
    assert.equal(host, "localhost");
    assert.ok(
      service.ports.includes(`127.0.0.1:${port}:${outside!.address.port}`),
      `${name} publishes ${port}`,
    );
    // Nothing but this machine may reach what has no security yet.
    for (const published of service.ports) assert.match(published, /^127\.0\.0\.1:/);
  }
});

interface StatefulSet {
  readonly kind: string;
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
        }[];
      };
    };
  };
}

Deno.test("kubernetes: each pod is the node of its number, and the first three are controllers", async () => {
  const documents = parseAllDocuments(read("kubernetes.yaml")).map((one) => one.toJS());
  const set = documents.find(({ kind }) => kind === "StatefulSet") as StatefulSet;
  const [container] = set.spec.template.spec.containers;
  const environment = Object.fromEntries(container!.env.map(({ name, value }) => [name, value]));
  for (let pod = 0; pod < set.spec.replicas + 1; pod++) {
    const line = container!.args[0]!.replace("exec sluice ", "")
      .replace('"${HOSTNAME##*-}"', String(pod)).replace('"$HOSTNAME.', `"sluice-${pod}.`).replaceAll(
        '"',
        "",
      );
    const config = await configOf(line.split(" "), environment);
    assert.equal(config.get("node.id"), pod);
    const controller = controllerListener(config, 0);
    const wanted = pod < 3 ? { host: `sluice-${pod}.sluice`, port: 9093 } : null;
    assert.deepEqual(controller.advertised, wanted);
    assert.deepEqual(configuredListeners(config, "broker")[0]!.advertised, {
      host: `sluice-${pod}.sluice`,
      port: 9092,
    });
  }
});
