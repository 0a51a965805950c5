/**
 * The Kafka error codes that the quorum answers with. Raft imports only core, so the few numbers it needs are
 * named here; `protocol` has the whole table with messages and retriability.
 */

export const NONE = 0;
export const NOT_LEADER_OR_FOLLOWER = 6;
export const REQUEST_TIMED_OUT = 7;
export const BROKER_NOT_AVAILABLE = 8;
export const UNSUPPORTED_VERSION = 35;
export const INVALID_REQUEST = 42;
export const FENCED_LEADER_EPOCH = 74;
export const UNKNOWN_LEADER_EPOCH = 75;
export const INVALID_UPDATE_VERSION = 95;
export const INVALID_VOTER_KEY = 125;
export const DUPLICATE_VOTER = 126;
export const VOTER_NOT_FOUND = 127;
