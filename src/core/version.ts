/** The version of Sluice, told by `--version` and to brokers. Kept equal to deno.json's by the gate. */
export const VERSION = "0.1.0";
