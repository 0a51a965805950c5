/** What tests of clusters wait for and ask again and again. */

import type { ClusterOverview } from "../../src/client/admin/overview.ts";
import { runCommand } from "./command.ts";
import type { TestCluster } from "./cluster.ts";

const POLL_MS = 50;

/** Checks again and again until a check passes, and fails as the last one did after `patienceMs`. */
export async function eventually(check: () => Promise<void> | void, patienceMs = 30_000): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What `sluice cluster status` says to a program. */
export async function overviewOf({ bootstrap }: Pick<TestCluster, "bootstrap">): Promise<ClusterOverview> {
  const { code, stdout, stderr } = await runCommand(["cluster", "status", "-o", "json", "-b", bootstrap]);
  if (code !== 0) throw new Error(`cluster status: ${code} ${stderr}`);
  return JSON.parse(stdout);
}
