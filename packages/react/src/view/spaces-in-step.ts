/** Which spaces were in step with r0 in the session that is going on: `completeness` of queries. */
import type { SpaceId } from "@holdfast/core";
import type { ReplicaStatus } from "@holdfast/client";
import type { View } from "./shared-view.ts";

export class SpacesInStep {
  readonly #status: View<ReplicaStatus>;
  readonly #listeners = new Set<() => void>();
  #spaces: ReadonlySet<SpaceId> = new Set();
  #stop: (() => void) | undefined;

  constructor(status: View<ReplicaStatus>) {
    this.#status = status;
  }

  has(space: SpaceId): boolean {
    return this.#spaces.has(space);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#stop === undefined) {
      this.#stop = this.#status.subscribe(() => this.#update());
      this.#update();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
      this.#spaces = new Set();
    };
  }

  #update(): void {
    const { connection, spaces } = this.#status.read();
    const names = connection.kind === "connected" ? Object.keys(spaces) : [];
    const next = new Set(names.filter((space) => spaces[space]?.synced === true || this.#spaces.has(space)));
    const isSame = next.size === this.#spaces.size && [...next].every((space) => this.#spaces.has(space));
    this.#spaces = next;
    if (!isSame) for (const listener of [...this.#listeners]) listener();
  }
}
