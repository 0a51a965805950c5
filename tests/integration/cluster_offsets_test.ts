/** Committed offsets survive their coordinator: __consumer_offsets is replicated like everything else. */

import assert from "node:assert/strict";
import { createTopics } from "../../src/client/admin/topics.ts";
import { CoordinatorClient } from "../../src/client/group/coordinator_client.ts";
import { commitOffsets, fetchOffsets } from "../../src/client/group/group_offsets.ts";
import { startCluster } from "../harness/cluster.ts";

const committer = { groupId: "g", memberId: "", generationId: -1, groupInstanceId: null };
const place = { topic: "t", partition: 0 };
const timeout = { timeoutMs: 20_000 };

Deno.test({
  name: "offsets: what was committed is there after its coordinator was killed, again and again",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using nodes = await startCluster();
    const client = nodes.client();
    await createTopics(client, [{ name: "t", partitions: 1, replicationFactor: 3, configs: [] }]);
    const coordinator = new CoordinatorClient(client, "g");
    for (let offset = 1; offset <= 3; offset++) {
      for (const step of [1, 2]) {
        const [result] = await commitOffsets(coordinator, committer, [{
          ...place,
          offset: offset * 10 + step,
        }], timeout);
        assert.equal(result!.errorCode, 0);
      }
      const killed = coordinator.nodeId;
      await nodes.kill(killed);
      const [found] = await fetchOffsets(client, coordinator, "g", [place], timeout);
      assert.equal(found?.offset, offset * 10 + 2);
      assert.notEqual(coordinator.nodeId, killed);
      await nodes.start(killed);
    }
    coordinator.close();
  },
});
