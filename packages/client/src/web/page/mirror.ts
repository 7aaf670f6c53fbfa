/** What the owner said last of the replica: what an app may ask for without waiting. */
import type { Runtime } from "@holdfast/core/engine";
import type { ReplicaStatus, SpaceStatus } from "../../status.ts";
import type { Conflict } from "../../store/conflict-log.ts";
import type { DeadLetter } from "../../store/dead-letters.ts";
import { AtRisk } from "./at-risk.ts";

export class Mirror {
  readonly #runtime: Runtime;
  #status: ReplicaStatus | undefined;
  #heardMs = 0;
  replica = "";
  conflicts: readonly Conflict[] = [];
  deadLetters: readonly DeadLetter[] = [];
  /** The page's own answer: a worker cannot ask. */
  #persistent = false;
  #pendingSince: number | undefined;
  /** Of the store that was here before. */
  lost: { readonly pending: number } | undefined;
  readonly #risk: AtRisk;
  closed = false;

  /** `changed`: time alone has made the status another. */
  constructor(runtime: Runtime, atRiskMs: number, changed: () => void) {
    this.#runtime = runtime;
    this.#risk = new AtRisk(runtime, atRiskMs, changed);
  }

  take(replica: string, status: ReplicaStatus, pendingSince: number | undefined): void {
    this.replica = replica;
    this.#status = status;
    this.#pendingSince = pendingSince;
    this.#heardMs = this.#runtime.nowMs();
    this.#risk.heard(pendingSince, this.#isPersistent());
  }

  /** What the browser answers; whether that is another answer. */
  takePersistent(persistent: boolean): boolean {
    if (persistent === this.#persistent) return false;
    this.#persistent = persistent;
    this.#risk.heard(this.#pendingSince, this.#isPersistent());
    return true;
  }

  close(): void {
    this.closed = true;
    this.#risk.stop();
  }

  #isPersistent(): boolean {
    return this.#persistent && this.#status?.durability.kind === "disk";
  }

  status(): ReplicaStatus {
    const status = this.#status as ReplicaStatus;
    const sinceMs = this.#runtime.nowMs() - this.#heardMs;
    const { since } = this.#risk;
    return {
      ...status,
      ...(this.closed ? { phase: "closed", connection: { kind: "off" } } : {}),
      durability: {
        ...status.durability,
        persistent: this.#isPersistent(),
        ...(this.lost === undefined ? {} : { lost: this.lost }),
        ...(since === undefined ? {} : { atRisk: { since } }),
      },
      spaces: Object.fromEntries(Object.entries(status.spaces).map(([space, each]) => [space, age(each, sinceMs)])),
    };
  }
}

function age(space: SpaceStatus, sinceMs: number): SpaceStatus {
  return space.cursorAge === undefined || space.synced ? space : { ...space, cursorAge: Math.round(space.cursorAge + sinceMs) };
}
