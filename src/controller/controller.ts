/**
 * The controller of a node: it decides what changes in the cluster, writes that to the metadata log through the
 * quorum, and answers once it is committed. Only the active controller (the quorum's leader) decides; the others
 * follow and are ready to take over.
 */

import type { NodeId } from "../core/ids.ts";
import type { MetadataChange } from "../metadata/change.ts";
import type { MetadataImage } from "../metadata/image.ts";
import type { Handler } from "../server/registry.ts";
import type { QuorumOptions } from "./quorum/options.ts";

/** Is told of every committed image, in order, with what differs from the one before. */
export type ImageListener = (image: MetadataImage, change: MetadataChange) => void;

export class Controller {
  /** The entries of the registry of the controller listener, without ApiVersions. */
  readonly handlers: readonly Handler[] = [];

  /** Opens the metadata log and replays what is known to be committed. Nothing is sent or decided before start(). */
  static open(_options: QuorumOptions): Promise<Controller> {
    return Promise.reject(new Error("not built yet"));
  }

  /** Joins the quorum; a node that is its own quorum is the active controller some milliseconds later. */
  start(): void {}

  /** Hands over leadership if there is somebody to take it, and closes the log. */
  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** Whether this node decides at the moment. */
  get isActive(): boolean {
    return false;
  }

  /** The active controller as far as this node knows; -1 when it knows none. */
  get leaderId(): NodeId {
    return -1 as NodeId;
  }

  /** The newest committed image. */
  get image(): MetadataImage {
    throw new Error("not built yet");
  }

  /** Calls `listener` for every committed image from now on, and once at once with the newest. */
  onImage(_listener: ImageListener): () => void {
    return () => {};
  }

  /** Calls `listener` whenever another node, or none, is the active controller. */
  onLeader(_listener: (leaderId: NodeId) => void): () => void {
    return () => {};
  }
}
