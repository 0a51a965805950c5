/**
 * A coordinator for the tests of group members: our own group shard behind a fake cluster. It can move to another
 * broker, and answers with an error code when a test wants one.
 */

import { GroupShard } from "../../../../src/coordinator/group/group_shard.ts";
import {
  defaultGroupConfig,
  type Effects,
  type GroupEvent,
  type GroupRequest,
  type GroupResponse,
} from "../../../../src/coordinator/group/types.ts";
import { refusalOf } from "../../../../src/coordinator/group/refusal.ts";
import { systemClock, systemTimers } from "../../../../src/platform/adapters/system_time.ts";
import type { Timer } from "../../../../src/platform/platform.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { offsetCommit } from "../../../../src/protocol/messages/08_offset_commit.ts";
import { offsetFetch } from "../../../../src/protocol/messages/09_offset_fetch.ts";
import { findCoordinator } from "../../../../src/protocol/messages/10_find_coordinator.ts";
import { joinGroup } from "../../../../src/protocol/messages/11_join_group.ts";
import { heartbeat } from "../../../../src/protocol/messages/12_heartbeat.ts";
import { leaveGroup } from "../../../../src/protocol/messages/13_leave_group.ts";
import { syncGroup } from "../../../../src/protocol/messages/14_sync_group.ts";
import { FakeCluster } from "../fake_cluster.ts";

type Omitted<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Asked = Omitted<GroupRequest, "token">;

/** Codes that answers carry next, by the type of the request. */
export type Injection = { readonly type: GroupRequest["type"]; readonly code: number };

export class FakeGroups {
  readonly cluster: FakeCluster;
  /** The broker that coordinates all groups. */
  coordinator = 0;
  /** Whether members get assignments that nobody can read. */
  garble = false;
  /** Members that seem to have vanished: the coordinator does not see what they send. */
  readonly vanished = new Set<string>();
  /** Each is used once, in order. */
  readonly injections: Injection[] = [];
  /** All requests that came, in order. */
  readonly requests: Asked[] = [];
  readonly #shard: GroupShard;
  readonly #waiting = new Map<number, (response: GroupResponse) => void>();
  #token = 0;
  #timer: Timer | null = null;
  #closed = false;

  constructor(brokerCount = 1) {
    this.cluster = new FakeCluster(brokerCount);
    let id = 0;
    const config = { ...defaultGroupConfig, minSessionTimeoutMs: 1 };
    this.#shard = new GroupShard(config, () => String(++id).padStart(36, "0"));
    this.#step({ type: "loaded" });
    const context = { apiVersion: 9, clientId: "test", clientHost: "/memory" };
    const { cluster } = this;
    cluster.handle(findCoordinator, () => {
      const { host, port } = cluster.addresses[this.coordinator]!;
      const found = { nodeId: this.coordinator, host, port, errorCode: ErrorCode.NONE, errorMessage: null };
      return { coordinators: [{ key: "", ...found }] };
    });
    cluster.handle(joinGroup, (request, at) => this.#ask({ type: "joinGroup", context, request }, at));
    cluster.handle(syncGroup, async (request, at) => {
      const response = await this.#ask({ type: "syncGroup", context, request }, at);
      return this.garble ? { ...response, assignment: Uint8Array.of(1, 2, 3) } : response;
    });
    cluster.handle(heartbeat, (request, at) => this.#ask({ type: "heartbeat", context, request }, at));
    cluster.handle(leaveGroup, (request, at) => this.#ask({ type: "leaveGroup", context, request }, at));
    cluster.handle(offsetCommit, (request, at) => this.#ask({ type: "offsetCommit", context, request }, at));
    cluster.handle(offsetFetch, async ({ groups, requireStable }, at) => {
      const group = groups[0]!;
      return { groups: [await this.#ask({ type: "offsetFetch", group, requireStable }, at)] };
    });
  }

  /** Has the next request of a type answered with an error code, without anything else happening. */
  inject(type: Injection["type"], code: number): void {
    this.injections.push({ type, code });
  }

  /** How many requests of a type came. */
  count(type: Asked["type"]): number {
    return this.requests.filter((one) => one.type === type).length;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.cluster.close();
  }

  // deno-lint-ignore no-explicit-any -- the handler of each API knows which response it is
  async #ask(asked: Asked, brokerId: number): Promise<any> {
    this.requests.push(asked);
    const request = { ...asked, token: ++this.#token } as GroupRequest;
    const refuse = (code: number) => {
      const response = refusalOf(request, code);
      // A heartbeat to a shard that loads is no error, but one that is injected is.
      return asked.type === "heartbeat" ? { errorCode: code } : response;
    };
    if (brokerId !== this.coordinator) return refuse(ErrorCode.NOT_COORDINATOR);
    if ("request" in asked && "memberId" in asked.request && this.vanished.has(asked.request.memberId)) {
      return refuse(ErrorCode.NONE);
    }
    const at = this.injections.findIndex(({ type }) => type === asked.type);
    if (at >= 0) return refuse(this.injections.splice(at, 1)[0]!.code);
    return await new Promise((resolve) => {
      this.#waiting.set(request.token, resolve);
      this.#step(request);
    });
  }

  #step(event: GroupEvent): void {
    if (this.#closed) return;
    const now = { monotonicMs: systemClock.monotonicMs(), wallMs: systemClock.wallMs() };
    this.#perform(this.#shard.step(event, now));
  }

  #perform({ replies, appends, nextDeadlineMs }: Effects): void {
    for (const { token, response } of replies) {
      this.#waiting.get(token)?.(response);
      this.#waiting.delete(token);
    }
    this.#timer?.cancel();
    if (nextDeadlineMs !== Infinity) {
      const delayMs = Math.max(0, nextDeadlineMs - systemClock.monotonicMs());
      this.#timer = systemTimers.after(Math.ceil(delayMs), () => this.#step({ type: "tick" }));
    }
    const last = appends.at(-1);
    if (last !== undefined) this.#step({ type: "appended", appendId: last.appendId });
  }
}
