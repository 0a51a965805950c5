/** Applies ConfigRecords: one setting of one resource each. */

import {
  type ConfigResource,
  configResourceKey,
  ConfigResourceType,
  parseConfigResourceKey,
} from "./image.ts";
import type { ConfigResourceKey, MetadataImage } from "./image.ts";
import type { ConfigRecord } from "./records.ts";

export class ConfigsDelta {
  readonly #base: MetadataImage["configs"];
  readonly #changed = new Map<ConfigResourceKey, Map<string, string>>();

  constructor(base: MetadataImage["configs"]) {
    this.#base = base;
  }

  /** A null value removes the setting, so that the default counts again. */
  set(record: ConfigRecord): void {
    const settings = this.#settings(configResourceKey(record.resourceType, record.resourceName));
    if (record.value === null) settings.delete(record.name);
    else settings.set(record.name, record.value);
  }

  /** The settings of a topic go with it. */
  removeTopic(name: string): void {
    const key = configResourceKey(ConfigResourceType.TOPIC, name);
    if (this.#base.has(key) || this.#changed.has(key)) this.#settings(key).clear();
  }

  apply(): { readonly image: MetadataImage["configs"]; readonly changes: readonly ConfigResource[] } {
    if (this.#changed.size === 0) return { image: this.#base, changes: [] };
    const editor = this.#base.edit();
    for (const [key, settings] of this.#changed) {
      if (settings.size === 0) editor.delete(key);
      else editor.set(key, settings);
    }
    return { image: editor.build(), changes: [...this.#changed.keys()].map(parseConfigResourceKey) };
  }

  /** The settings of a resource as a copy that may be changed, made once. */
  #settings(key: ConfigResourceKey): Map<string, string> {
    let settings = this.#changed.get(key);
    if (settings === undefined) {
      settings = new Map(this.#base.get(key));
      this.#changed.set(key, settings);
    }
    return settings;
  }
}
