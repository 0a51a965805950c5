/** Reading and writing Kafka's primitive types: what nearly every layer needs, in one import. */

export { ByteReader, MAX_ARRAY_ELEMENTS } from "./byte_reader.ts";
export { type BytesSource, ByteWriter, type HeldBytes, type HeldPart } from "./byte_writer.ts";
export { decodeUtf8, encodeUtf8, textOf } from "./utf8.ts";
