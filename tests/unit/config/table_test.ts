import assert from "node:assert/strict";
import { type Definition, unitOf } from "../../../src/config/definition.ts";
import { configHelp, configReference } from "../../../src/config/document.ts";
import { parseHumanValue } from "../../../src/config/human_values.ts";
import { brokerAreas, brokerTable, groupTable, type Table, topicTable } from "../../../src/config/table.ts";
import { complaintAbout, formatValue, parseValue } from "../../../src/config/values.ts";

const rows: readonly (readonly [string, Definition])[] = [
  ...Object.entries(brokerTable as Table),
  ...Object.entries(topicTable as Table),
  ...Object.entries(groupTable as Table),
];

Deno.test("no config is in two areas of the table", () => {
  const names = Object.values(brokerAreas).flatMap((area) => Object.keys(area));
  assert.equal(names.length, Object.keys(brokerTable).length);
});

Deno.test("every default is a value that its own row allows, and survives as text", () => {
  for (const [name, definition] of rows) {
    if (definition.fallback === null) continue;
    assert.equal(complaintAbout(definition, definition.fallback), null, name);
    const text = formatValue(definition.type, definition.fallback) ?? "";
    assert.deepEqual(parseValue(name, definition, text), { ok: true, value: definition.fallback }, name);
    assert.deepEqual(parseHumanValue(name, definition, text), { ok: true, value: definition.fallback }, name);
  }
});

Deno.test("every row explains itself in a sentence", () => {
  for (const [name, { doc, differs }] of rows) {
    assert.match(doc, /^[A-Z].*[^.]\.$/, name);
    if (differs !== undefined) assert.match(differs, /^[A-Z].*\.$/, name);
  }
});

Deno.test("a topic config follows a broker config of the same type, but for units", () => {
  for (const [name, row] of Object.entries(topicTable as Table)) {
    if (row.broker === undefined) continue;
    const broker: Definition | undefined = (brokerTable as Table)[row.broker];
    assert.equal(broker?.type, row.type, name);
    assert.equal(unitOf(row.broker, broker ?? {}), unitOf(name, row), name);
  }
});

Deno.test("the reset policy of a share group is a name or an ISO 8601 duration (KIP-1106)", () => {
  const definition = groupTable["share.auto.offset.reset"];
  const takes = (text: string) => parseValue("share.auto.offset.reset", definition, text).ok;
  assert.deepEqual(
    ["latest", "earliest", "by_duration:P1DT2H3M4.5S", "by_duration:PT5M"].filter(takes).length,
    4,
  );
  assert.deepEqual(
    ["newest", "by_duration:", "by_duration:P", "by_duration:PT", "by_duration:5m"].filter(takes),
    [],
  );
});

Deno.test("help names the config, what it takes, its default and its variable", () => {
  assert.equal(
    configHelp("log.segment.bytes", brokerTable["log.segment.bytes"]),
    [
      "log.segment.bytes",
      "  The size at which a segment ends and a new one begins.",
      "  Takes a whole number of bytes or a size such as 10MiB, from 1048576 up. Default: 1GiB.",
      "  Environment: SLUICE_LOG_SEGMENT_BYTES.",
    ].join("\n"),
  );
  assert.match(
    configHelp("segment.bytes", topicTable["segment.bytes"]),
    /A broker's log\.segment\.bytes gives/,
  );
});

Deno.test("the reference lists every config that is not internal", () => {
  const reference = configReference();
  for (const [name, { internal }] of Object.entries(brokerTable as Table)) {
    assert.equal(reference.includes(`| \`${name}\` |`), !internal, name);
  }
});
