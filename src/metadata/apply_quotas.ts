/** Applies ClientQuotaRecords: one limit of one entity each (KIP-546). */

import type { ClientQuotaImage, MetadataImage } from "./image.ts";
import type { MapEditor } from "./persistent_map.ts";
import type { ClientQuotaRecord } from "./records.ts";

export class QuotasDelta {
  readonly #editor: MapEditor<string, ClientQuotaImage>;

  constructor(base: MetadataImage["clientQuotas"]) {
    this.#editor = base.edit();
  }

  set(record: ClientQuotaRecord): void {
    const entity = [...record.entity].sort((a, b) => a.entityType < b.entityType ? -1 : 1);
    const key = quotaKey(entity);
    const limits = new Map(this.#editor.get(key)?.limits);
    if (record.remove) limits.delete(record.key);
    else limits.set(record.key, record.value);
    if (limits.size === 0) this.#editor.delete(key);
    else this.#editor.set(key, { entity, limits });
  }

  apply(): MetadataImage["clientQuotas"] {
    return this.#editor.build();
  }
}

/** The key of an entity, whose parts are sorted by type, in {@link MetadataImage.clientQuotas}. */
export function quotaKey(entity: ClientQuotaImage["entity"]): string {
  return JSON.stringify(entity.map((part) => [part.entityType, part.entityName]));
}
