/** Requests of brokers carry the epoch of their registration: those of an earlier process are refused (KIP-631). */

import type { NodeId } from "../core/ids.ts";
import type { MetadataImage } from "../metadata/image.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { type Refusal, refuse } from "./outcome.ts";

/** Why a broker may not ask for anything at this epoch, or null. */
export function brokerEpochProblem(image: MetadataImage, id: NodeId, epoch: number): Refusal | null {
  const broker = image.brokers.get(id);
  if (broker === undefined) {
    return refuse(ErrorCode.STALE_BROKER_EPOCH, `No broker registration found for broker id ${id}.`);
  }
  if (broker.epoch === epoch) return null;
  return refuse(
    ErrorCode.STALE_BROKER_EPOCH,
    `Expected broker epoch ${broker.epoch} of broker ${id}, but got broker epoch ${epoch}.`,
  );
}
