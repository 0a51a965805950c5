/** Applies records about ACLs, SCRAM credentials and delegation tokens. */

import type { Uuid } from "../core/ids.ts";
import type { MetadataImage } from "./image.ts";
import type { MapEditor } from "./persistent_map.ts";
import type { MetadataRecord } from "./record_codec.ts";
import type {
  AccessControlEntryRecord,
  DelegationTokenRecord,
  UserScramCredentialRecord,
} from "./records.ts";

type SecurityRecord = Extract<
  MetadataRecord,
  {
    type:
      | "AccessControlEntryRecord"
      | "RemoveAccessControlEntryRecord"
      | "UserScramCredentialRecord"
      | "RemoveUserScramCredentialRecord"
      | "DelegationTokenRecord"
      | "RemoveDelegationTokenRecord";
  }
>;

/** ACLs, SCRAM credentials and delegation tokens: kept as their records say. */
export class SecurityDelta {
  changed = false;
  readonly #acls: MapEditor<Uuid, AccessControlEntryRecord>;
  readonly #scram: MapEditor<string, UserScramCredentialRecord>;
  readonly #tokens: MapEditor<string, DelegationTokenRecord>;

  constructor(base: MetadataImage) {
    this.#acls = base.acls.edit();
    this.#scram = base.scramCredentials.edit();
    this.#tokens = base.delegationTokens.edit();
  }

  replay(record: SecurityRecord): void {
    this.changed = true;
    switch (record.type) {
      case "AccessControlEntryRecord":
        this.#acls.set(record.data.id, record.data);
        return;
      case "RemoveAccessControlEntryRecord":
        this.#acls.delete(record.data.id);
        return;
      case "UserScramCredentialRecord":
        this.#scram.set(scramKey(record.data.name, record.data.mechanism), record.data);
        return;
      case "RemoveUserScramCredentialRecord":
        this.#scram.delete(scramKey(record.data.name, record.data.mechanism));
        return;
      case "DelegationTokenRecord":
        this.#tokens.set(record.data.tokenId, record.data);
        return;
      case "RemoveDelegationTokenRecord":
        this.#tokens.delete(record.data.tokenId);
        return;
    }
  }

  apply(): Pick<MetadataImage, "acls" | "scramCredentials" | "delegationTokens"> {
    return {
      acls: this.#acls.build(),
      scramCredentials: this.#scram.build(),
      delegationTokens: this.#tokens.build(),
    };
  }
}

/** The key of a credential in {@link MetadataImage.scramCredentials}: a user may have one of each mechanism. */
export function scramKey(user: string, mechanism: number): string {
  return `${mechanism}:${user}`;
}
