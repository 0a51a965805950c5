/**
 * What the config table says about one config, and the small functions that its rows are written with. Everything
 * else about configs (parser, DescribeConfigs, help, documentation) is derived from these rows.
 */

/** The types of Kafka's configs, as DescribeConfigs names them. */
export type ConfigType =
  | "boolean"
  | "string"
  | "int"
  | "short"
  | "long"
  | "double"
  | "list"
  | "class"
  | "password";

/** When a broker config can change: at start only, for one broker at a time, or also for the whole cluster (KIP-226). */
export type UpdateMode = "read-only" | "per-broker" | "cluster-wide";

/** What a number counts; says which human forms (`7d`, `10MiB`) are understood besides plain numbers. */
export type Unit = "none" | "ms" | "seconds" | "minutes" | "hours" | "bytes";

/** What a parsed config value can be. */
export type ConfigValue = boolean | number | string | readonly string[] | null;

/** The value of Java's Long.MAX_VALUE, which Kafka's table uses for "no limit". */
export const LONG_MAX = 9223372036854775807;
/** The value of Java's Integer.MAX_VALUE, which Kafka's table uses for "no limit". */
export const INT_MAX = 2147483647;
/** The value of Java's Double.MAX_VALUE, which Kafka's table uses for "no limit". */
export const DOUBLE_MAX = Number.MAX_VALUE;

/** Parts of a row that most rows leave out. */
export interface RowOptions {
  /** The smallest number allowed. */
  readonly min?: number;
  /** The largest number allowed. */
  readonly max?: number;
  /** A number allowed although it is outside `min` and `max`, such as -1 for "leave it". */
  readonly orElse?: number;
  /** The texts allowed; for a list, the elements allowed. */
  readonly choices?: readonly string[];
  /** Whether upper and lower case of `choices` are the same. */
  readonly anyCase?: boolean;
  /** A further rule: the complaint about a value, or null. */
  readonly rule?: (value: ConfigValue) => string | null;
  /** Only for broker configs; read-only when left out. */
  readonly update?: UpdateMode;
  /** What the number counts, where the end of the name does not say it. */
  readonly unit?: Unit;
  /** Whether Sluice acts on the value. Otherwise it is kept and shown, and changes nothing yet. */
  readonly acts?: true;
  /** Kept out of DescribeConfigs and documentation unless it is set, as Kafka does with its internal configs. */
  readonly internal?: true;
  /** Not one of Kafka's configs. */
  readonly own?: true;
  /** The default on a node that is its own quorum, where it differs. */
  readonly singleNode?: ConfigValue;
  /** How and why Sluice differs from Kafka here, in one sentence. */
  readonly differs?: string;
  /** Kafka's default in text form where Sluice's differs; null when Kafka has none. */
  readonly kafkaDefault?: string | null;
  /** For a topic or group config: the broker config that gives its default. */
  readonly broker?: string;
}

/** One row of the table. `Value` is the type of the parsed value and exists for the compiler only. */
export interface Definition<Value extends ConfigValue = ConfigValue> extends RowOptions {
  readonly type: ConfigType;
  /** One sentence. */
  readonly doc: string;
  readonly fallback: Value;
}

/** The type of the values of a row. */
export type ValueOf<Row> = Row extends Definition<infer Value> ? Value : never;

type Widened<Value, Wide> = Value extends null ? Wide | null : Wide;

function row<Value extends ConfigValue>(
  type: ConfigType,
  doc: string,
  fallback: Value,
  options: RowOptions,
): Definition<Value> {
  return { type, doc, fallback, ...options };
}

export function boolean(doc: string, fallback: boolean, options: RowOptions = {}): Definition<boolean> {
  return row("boolean", doc, fallback, options);
}

/** A whole number of 32 bits. */
export function int<Value extends number | null>(
  doc: string,
  fallback: Value,
  options: RowOptions = {},
): Definition<Widened<Value, number>> {
  return row<Widened<Value, number>>("int", doc, fallback as Widened<Value, number>, options);
}

/** A whole number of 16 bits. */
export function short(doc: string, fallback: number, options: RowOptions = {}): Definition<number> {
  return row("short", doc, fallback, options);
}

/** A whole number of 64 bits; beyond 2^53 it is rounded, which only ever means "no limit". */
export function long<Value extends number | null>(
  doc: string,
  fallback: Value,
  options: RowOptions = {},
): Definition<Widened<Value, number>> {
  return row<Widened<Value, number>>("long", doc, fallback as Widened<Value, number>, options);
}

export function double(doc: string, fallback: number, options: RowOptions = {}): Definition<number> {
  return row("double", doc, fallback, options);
}

export function text<Value extends string | null>(
  doc: string,
  fallback: Value,
  options: RowOptions = {},
): Definition<Widened<Value, string>> {
  return row<Widened<Value, string>>("string", doc, fallback as Widened<Value, string>, options);
}

/** A text that is one of a few. */
export function choice<const Choice extends string>(
  doc: string,
  fallback: Choice,
  options: RowOptions & { readonly choices: readonly Choice[] },
): Definition<Choice> {
  return row<Choice>("string", doc, fallback, options);
}

/** Texts separated by commas. */
export function list<Value extends readonly string[] | null>(
  doc: string,
  fallback: Value,
  options: RowOptions = {},
): Definition<Widened<Value, readonly string[]>> {
  return row<Widened<Value, readonly string[]>>(
    "list",
    doc,
    fallback as Widened<Value, readonly string[]>,
    options,
  );
}

/** The name of a Java class: kept and shown, never run. */
export function javaClass(
  doc: string,
  fallback: string | null,
  options: RowOptions = {},
): Definition<string | null> {
  return row("class", doc, fallback, options);
}

/** A text that is never shown. */
export function secret(doc: string, options: RowOptions = {}): Definition<string | null> {
  return row<string | null>("password", doc, null, options);
}

/** What the number of a config counts: said in its row, or by the last part of its name, as Kafka's names do. */
export function unitOf(name: string, definition: RowOptions): Unit {
  if (definition.unit !== undefined) return definition.unit;
  const last = name.slice(name.lastIndexOf(".") + 1);
  return last === "ms" || last === "seconds" || last === "minutes" || last === "hours" || last === "bytes"
    ? last
    : "none";
}
