/** What AlterConfigs and IncrementalAlterConfigs have in common: everything but how the new settings come about. */

import type { ResourceKind } from "../config/alter.ts";
import { configResourceKey, configsOf } from "../metadata/image.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import {
  repeatedResources,
  type RequestedResource,
  resourceKind,
  settingsProblem,
} from "./config_changes.ts";
import { settingRecords } from "./config_records.ts";
import type { ControllerContext, PlanPoint } from "./context.ts";
import { isRefusal, type Refusal, refuse } from "./outcome.ts";

/** The settings of a resource after the change, or why there can be none. */
export type Alter<R extends RequestedResource> = (
  resource: R,
  kind: ResourceKind,
  before: ReadonlyMap<string, string>,
) => ReadonlyMap<string, string | null> | Refusal;

/** Changes the settings of resources; each by itself, so that a refused one does not keep the others back. */
export async function alterConfigsOf<R extends RequestedResource>(
  controller: ControllerContext,
  request: { readonly resources: readonly R[]; readonly validateOnly: boolean },
  alter: Alter<R>,
) {
  const { resources, validateOnly } = request;
  const answer = ({ resourceType, resourceName }: R, refusal: Refusal | null) => ({
    resourceType,
    resourceName,
    errorCode: refusal?.errorCode ?? ErrorCode.NONE,
    errorMessage: refusal?.message ?? null,
  });
  const outcome = await controller.write((at) => {
    const repeated = repeatedResources(resources);
    const records: MetadataRecordDraft[] = [];
    const responses = resources.map((resource) => {
      const isRepeated = repeated.has(configResourceKey(resource.resourceType, resource.resourceName));
      const changes = isRepeated ? REPEATED : changesOf(at, resource, alter);
      if (isRefusal(changes)) return answer(resource, changes);
      records.push(...changes);
      return answer(resource, null);
    });
    return { records: validateOnly ? [] : records, result: responses };
  });
  return {
    responses: isRefusal(outcome) ? resources.map((resource) => answer(resource, outcome)) : outcome.result,
  };
}

const REPEATED: Refusal = refuse(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.");

function changesOf<R extends RequestedResource>(
  { image, view }: PlanPoint,
  resource: R,
  alter: Alter<R>,
): MetadataRecordDraft[] | Refusal {
  const kind = resourceKind(image, resource);
  if (typeof kind !== "string") return kind;
  const before = configsOf(image, resource.resourceType, resource.resourceName);
  const after = alter(resource, kind, before);
  if (isRefusal(after)) return after;
  const problem = settingsProblem(kind, resource, { before, after }, view);
  if (problem !== null) return problem;
  const named = { type: resource.resourceType, name: resource.resourceName };
  // Validation has refused null values.
  return settingRecords(named, before, after as ReadonlyMap<string, string>, view);
}
