/** What the owner said last of the replica: what an app may ask for without waiting. */
import type { Runtime } from "@holdfast/core/engine";
import type { ReplicaStatus, SpaceStatus } from "../../status.ts";
import type { Conflict } from "../../store/conflict-log.ts";
import type { DeadLetter } from "../../store/dead-letters.ts";

export class Mirror {
  readonly #runtime: Runtime;
  #status: ReplicaStatus | undefined;
  #heardMs = 0;
  replica = "";
  conflicts: readonly Conflict[] = [];
  deadLetters: readonly DeadLetter[] = [];
  /** The page's own answer: a worker cannot ask. */
  persistent = false;
  /** Of the store that was here before. */
  lost: { readonly pending: number } | undefined;
  closed = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  take(replica: string, status: ReplicaStatus): void {
    this.replica = replica;
    this.#status = status;
    this.#heardMs = this.#runtime.nowMs();
  }

  status(): ReplicaStatus {
    const status = this.#status as ReplicaStatus;
    const sinceMs = this.#runtime.nowMs() - this.#heardMs;
    const isDisk = status.durability.kind === "disk";
    return {
      ...status,
      ...(this.closed ? { phase: "closed", connection: { kind: "off" } } : {}),
      durability: {
        ...status.durability,
        persistent: isDisk && this.persistent,
        ...(this.lost === undefined ? {} : { lost: this.lost }),
      },
      spaces: Object.fromEntries(Object.entries(status.spaces).map(([space, each]) => [space, age(each, sinceMs)])),
    };
  }
}

function age(space: SpaceStatus, sinceMs: number): SpaceStatus {
  return space.cursorAge === undefined || space.synced ? space : { ...space, cursorAge: Math.round(space.cursorAge + sinceMs) };
}
