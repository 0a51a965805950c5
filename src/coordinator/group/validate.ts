/** The checks that several requests of members share. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { ClassicGroup } from "./classic_group.ts";

/** Who a request says it comes from. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/**
 * NONE when the member belongs to the group; FENCED_INSTANCE_ID when another member has taken its
 * group.instance.id (KIP-345); else UNKNOWN_MEMBER_ID.
 */
export function validateMember(group: ClassicGroup, identity: MemberIdentity): number {
  if (identity.groupInstanceId !== null) {
    const current = group.staticMembers.get(identity.groupInstanceId);
    if (current === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (current !== identity.memberId) return ErrorCode.FENCED_INSTANCE_ID;
  }
  return group.members.has(identity.memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
}

/** {@link validateMember}, and the generation must be the current one. */
export function validateGeneration(
  group: ClassicGroup,
  identity: MemberIdentity,
  generationId: number,
): number {
  const errorCode = validateMember(group, identity);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  return generationId === group.generationId ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
}
