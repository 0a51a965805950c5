/**
 * Branded numbers and strings, so that an offset cannot be passed where an epoch is wanted. They cost nothing at
 * run time. Messages carry plain numbers; the brand is put on where a value enters the log, raft or metadata layer.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** The position of a record in a partition; 0 or more. */
export type Offset = Branded<number, "Offset">;
/** The term of a partition's leader; -1 when unknown. */
export type LeaderEpoch = Branded<number, "LeaderEpoch">;
/** The id of a broker or controller; 0 or more. */
export type NodeId = Branded<number, "NodeId">;
/** A 128-bit id in Kafka's text form: base64url without padding, 22 characters. */
export type Uuid = Branded<string, "Uuid">;

export const offset = (value: number): Offset => value as Offset;
export const leaderEpoch = (value: number): LeaderEpoch => value as LeaderEpoch;
export const nodeId = (value: number): NodeId => value as NodeId;

/** No node: what Kafka's protocol says when there is no leader or controller. */
export const NO_NODE = -1 as NodeId;
/** No leader epoch known. */
export const NO_EPOCH = -1 as LeaderEpoch;
