/** The names of the assignors that there are: those that clients of all languages know. */

export const assignorNames = ["range", "roundrobin", "cooperative-sticky"] as const;
export type AssignorName = typeof assignorNames[number];
