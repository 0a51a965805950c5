/** From what a runtime throws to {@link DiskError}. */

import { messageOf } from "../../core/errors.ts";
import { DiskError, type DiskErrorCode } from "../disk.ts";

const codeOf: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: "not-found",
  NotFound: "not-found",
  EEXIST: "exists",
  ENOTEMPTY: "exists",
  AlreadyExists: "exists",
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  PermissionDenied: "denied",
  NotCapable: "denied",
  ENOTDIR: "not-a-directory",
  NotADirectory: "not-a-directory",
};

/** The error of a failed `action` ("open", "write", ...) on `path`; names both and quotes the system's reason. */
export function diskError(action: string, path: string, cause: unknown): DiskError {
  if (cause instanceof DiskError) return cause;
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  const known = codeOf[String(code)] ?? codeOf[String(name)] ?? "io";
  // node:fs repeats the call and the path at the end of its message.
  const reason = messageOf(cause).replace(/, \w+ '.*$/s, "");
  return new DiskError(known, path, `${action} ${path}: ${reason}`);
}

/** Runs `task`; what it throws becomes the {@link DiskError} of `action` on `path`. */
export function onDisk<T>(action: string, path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw diskError(action, path, error);
  }
}
