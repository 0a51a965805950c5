/** What may be a topic's name, and which names cannot exist side by side. */

/** A longer name plus partition and suffix would not fit a file name. */
const MAX_NAME_LENGTH = 249;

/** Why a topic may not have this name, or null when it may. */
export function topicNameProblem(name: string): string | null {
  if (name === "") return "Topic name is invalid: the empty string is not allowed.";
  if (name === "." || name === "..") return `Topic name is invalid: '${name}' names a directory.`;
  if (name.length > MAX_NAME_LENGTH) {
    return `Topic name is invalid: it has ${name.length} characters, more than ${MAX_NAME_LENGTH}.`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `Topic name is invalid: '${name}' has characters other than ASCII letters, digits, '.', '_' and '-'.`;
  }
  return null;
}

/** Names that differ only in these two characters share a metric name, so only one of them may exist. */
export function collisionKey(name: string): string {
  return name.replaceAll(".", "_");
}

/** Whether a name can collide with another one at all. */
export function hasCollisionChars(name: string): boolean {
  return name.includes(".") || name.includes("_");
}
