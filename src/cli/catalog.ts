/**
 * The tree of commands. A command's module is loaded when it is asked for, so that `sluice --version` does not pay
 * for a broker.
 */

import type { Group } from "./command_tree.ts";

export const catalog: Group = {
  name: "sluice",
  brief: "A Kafka-compatible message broker and its tools in one program.",
  commands: [
    {
      name: "broker",
      brief: "Run a broker",
      load: async () => (await import("./broker/command.ts")).brokerCommand,
    },
    {
      name: "controller",
      brief: "Run a controller without a broker",
      load: async () => (await import("./controller/command.ts")).controllerCommand,
    },
    {
      name: "topic",
      brief: "Create, list, describe, change, delete and trim topics",
      commands: [
        {
          name: "create",
          brief: "Create topics",
          load: async () => (await import("./topic/create.ts")).createCommand,
        },
        {
          name: "list",
          brief: "List the topics of a cluster",
          load: async () => (await import("./topic/list.ts")).listCommand,
        },
        {
          name: "describe",
          brief: "Show partitions, offsets, sizes and configs",
          load: async () => (await import("./topic/describe.ts")).describeCommand,
        },
        {
          name: "alter",
          brief: "Change configs or add partitions",
          load: async () => (await import("./topic/alter.ts")).alterCommand,
        },
        {
          name: "delete",
          brief: "Delete topics with all their records",
          load: async () => (await import("./topic/delete.ts")).deleteCommand,
        },
        {
          name: "trim",
          brief: "Remove old records",
          load: async () => (await import("./topic/trim.ts")).trimCommand,
        },
      ],
    },
    {
      name: "produce",
      brief: "Send lines or JSON as records",
      load: async () => (await import("./produce/command.ts")).produceCommand,
    },
    {
      name: "consume",
      brief: "Print the records of topics",
      load: async () => (await import("./consume/command.ts")).consumeCommand,
    },
    {
      name: "group",
      brief: "List, describe, reset and delete consumer groups",
      commands: [
        {
          name: "list",
          brief: "List the groups of a cluster",
          load: async () => (await import("./group/list.ts")).listCommand,
        },
        {
          name: "describe",
          brief: "Show positions, lag and members",
          load: async () => (await import("./group/describe.ts")).describeCommand,
        },
        {
          name: "reset",
          brief: "Move the positions of a group that nobody is in",
          load: async () => (await import("./group/reset.ts")).resetCommand,
        },
        {
          name: "delete",
          brief: "Delete groups that nobody is in",
          load: async () => (await import("./group/delete.ts")).deleteCommand,
        },
      ],
    },
    {
      name: "cluster",
      brief: "Look after a cluster: state, quorum, moves, leaders, brokers that come and go",
      commands: [
        {
          name: "status",
          brief: "Show controllers, brokers, what is missing and what moves",
          load: async () => (await import("./cluster/status.ts")).statusCommand,
        },
        {
          name: "quorum",
          brief: "Show who leads the controllers and who follows, or change who votes",
          load: async () => (await import("./cluster/quorum.ts")).quorumCommand,
        },
        {
          name: "reassign",
          brief: "Move partitions to other brokers",
          load: async () => (await import("./cluster/reassign.ts")).reassignCommand,
        },
        {
          name: "elect",
          brief: "Elect leaders of partitions",
          load: async () => (await import("./cluster/elect.ts")).electCommand,
        },
        {
          name: "drain",
          brief: "Move everything away from a broker",
          load: async () => (await import("./cluster/drain.ts")).drainCommand,
        },
        {
          name: "remove",
          brief: "Take a node out of the cluster for good",
          load: async () => (await import("./cluster/remove.ts")).removeCommand,
        },
        {
          name: "balance",
          brief: "Give every broker its share",
          load: async () => (await import("./cluster/balance.ts")).balanceCommand,
        },
      ],
    },
    {
      name: "log",
      brief: "Read and verify the files of a data directory",
      commands: [
        {
          name: "dump",
          brief: "Print what is in segments, indexes, snapshots and checkpoints",
          load: async () => (await import("./log/dump/command.ts")).dumpCommand,
        },
        {
          name: "verify",
          brief: "Check every batch, index and checkpoint of a data directory",
          load: async () => (await import("./log/verify/command.ts")).verifyCommand,
        },
      ],
    },
    {
      name: "demo",
      brief: "Run a cluster on this machine to look at and to break",
      load: async () => (await import("./demo/command.ts")).demoCommand,
    },
    {
      name: "completions",
      brief: "Print completions for a shell",
      load: async () => (await import("./completions/command.ts")).completionsCommand(catalog),
    },
  ],
};
