/**
 * Reads which topics a member of the "consumer" protocol type subscribes to. Every version of
 * ConsumerProtocolSubscription begins like version 0 (an int16 version, then the topics), so that is all that is
 * read. The bytes are a client's own business: what cannot be read is not an error.
 */

import { ByteReader } from "../../core/bytes.ts";
import { DecodeError } from "../../core/errors.ts";

/** The topics of a member's metadata, or null when these bytes are not a subscription. */
export function subscribedTopicsOf(metadata: Uint8Array): string[] | null {
  try {
    const reader = new ByteReader(metadata);
    if (reader.readInt16() < 0) return null;
    const count = reader.readArrayLength(2);
    if (count < 0) return null;
    const topics: string[] = [];
    for (let index = 0; index < count; index++) topics.push(reader.readString());
    return topics;
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
