/** What administrators do with groups. A client has those operations that its library has. */

/** The operations, named as in the programs in other languages; a refusal is an error that names Kafka's code. */
export interface GroupOperations {
  list(args: Record<never, never>): Promise<string[]>;
  describe(args: { group: string }): Promise<{ state: string; clientIds: string[] }>;
  /** The committed offset of each partition that has one. */
  offsets(args: { group: string; topic: string; partitions: number[] }): Promise<Record<string, number>>;
  setOffset(args: { group: string; topic: string; partition: number; offset: number }): Promise<unknown>;
  forgetOffset(args: { group: string; topic: string; partition: number }): Promise<unknown>;
  deleteGroup(args: { group: string }): Promise<unknown>;
}

export interface GroupAdminClient extends AsyncDisposable {
  readonly name: string;
  readonly operations: Partial<GroupOperations>;
}
