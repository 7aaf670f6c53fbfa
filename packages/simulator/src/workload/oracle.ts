/** Is told of everything that an app was promised and shown, and remembers it, whatever happens to the fleet. */
import { type Account, openAccount } from "../people/account.ts";
import type { PlannedOperation } from "../plan/plan.ts";

/** What one device's user knows. A backup that is put back takes the memory back with it. */
export interface Memory {
  /** Own operations whose write has resolved. */
  readonly acknowledged: Map<string, PlannedOperation>;
  /** Entries that a read has shown, by space. */
  readonly seen: Map<number, ReadonlySet<string>>;
  /** Spaces whose rows have left with the access to them: until they are back and in step, nothing is to be expected there. */
  readonly lost: Set<number>;
  /** When a space was last read here. */
  readonly readMs: Map<number, number>;
}

/** Of a device, of everybody who has used it. */
export interface Backup {
  readonly account: Account | undefined;
  readonly memories: ReadonlyMap<string, Memory>;
  /** What its device had refused by then, since it had lost access. */
  readonly withoutAccess: ReadonlySet<string>;
}

/** r0 had it, was put back to before it, and no disk keeps it for that. */
export interface LostOperation {
  readonly operation: PlannedOperation;
  /** What its writer was shown. */
  readonly saw: ReadonlySet<string>;
}

export class Oracle {
  /** Every operation that some device has begun. */
  readonly tried = new Map<string, PlannedOperation>();
  readonly acknowledged = new Map<string, PlannedOperation>();
  /** r0's final answers, as the app was told. */
  readonly answers = new Map<string, "confirmed" | "refused">();
  /** Acknowledged after a backup that was put back: they may be gone, with the disk that held them. */
  readonly forgivable = new Set<string>();
  /** Given back to whoever signed out and gave up what was pending. It may be at r0 all the same, the answer being lost. */
  readonly givenBack = new Set<string>();
  /** Dead letters of users who were signed in when everything had drained, and are away now. */
  readonly letters = new Set<string>();
  /** Among them, what may be in the data all the same. */
  readonly doubtful = new Set<string>();
  /** Held by two copies when r0 went back: what it had refused to one of them and does not know any more, it may take from the other. */
  readonly decidedAnew = new Set<string>();
  /** What a writer was shown when the operation was performed. */
  readonly saw = new Map<string, ReadonlySet<string>>();
  /** The same of other spaces, as far as r0 had numbered it. */
  readonly sawElsewhere = new Map<string, ReadonlyMap<number, readonly string[]>>();
  /** What r0 held and lost, or never had, when it was put back: until its author brings it back, nobody can expect to see it. */
  readonly gone = new Set<string>();
  /** Its author no longer keeps it for a server that might lose it: it has taken a new id, signed out, lost access or its file. */
  readonly #keptNoMore = new Set<string>();
  readonly #lostByR0 = new Set<string>();
  #heldBefore: ReadonlySet<string> = new Set();
  /** Refused by the device itself, which had lost access: r0 has decided nothing. */
  readonly #withoutAccess = new Set<string>();
  /** Signing out, with all to be discarded: what of that a disk holds at any moment, nobody can say. */
  readonly #leaving = new Set<string>();
  readonly #memories = new Map<string, Memory>();
  readonly #accounts = new Map<string, Account>();

  /** `holder`: a device, and its user where there are several: "device-0/user-1". */
  memoryOf(holder: string): Memory {
    let memory = this.#memories.get(holder);
    if (memory === undefined) this.#memories.set(holder, (memory = emptyMemory()));
    return memory;
  }

  acknowledge(holder: string, operation: PlannedOperation): void {
    this.acknowledged.set(operation.id, operation);
    this.memoryOf(holder).acknowledged.set(operation.id, operation);
  }

  answer(id: string, status: "confirmed" | "refused", code: string): void {
    this.answers.set(id, status);
    if (code === "no-access") this.#withoutAccess.add(id);
  }

  accountOf(device: string): Account | undefined {
    return this.#accounts.get(device);
  }

  keepAccount(device: string, account: Account): void {
    this.#accounts.set(device, account);
  }

  /** Until they have: see `forget` and `forgive`. */
  leaves(holder: string): void {
    this.#leaving.add(holder);
  }

  /** Whoever signed out wanted nothing to stay. */
  forget(holder: string): void {
    this.#leaving.delete(holder);
    this.keepsNoMore(holder);
    this.#memories.delete(holder);
  }

  /** What was acknowledged to the holder, in one space or in all, is on no disk of theirs any more. */
  keepsNoMore(holder: string, space?: number): void {
    for (const [id, operation] of this.memoryOf(holder).acknowledged)
      if (space === undefined || operation.space === space) this.#keptNoMore.add(id);
  }

  /** What was not confirmed when the signing out was cut short: the app cannot know any more what it would have been given back. */
  forgive(holder: string): void {
    for (const id of this.memoryOf(holder).acknowledged.keys()) if (this.answers.get(id) !== "confirmed") this.forgivable.add(id);
    this.forget(holder);
  }

  backUp(device: string): Backup {
    const memories = new Map<string, Memory>();
    for (const [holder, memory] of this.#memories)
      if (deviceOf(holder) === device && !this.#leaving.has(holder)) memories.set(holder.slice(device.length), copyMemory(memory));
    return { account: this.#accounts.get(device), memories, withoutAccess: new Set(this.#withoutAccess) };
  }

  /** `device` knows what it knew then; what it was promised since may be lost. */
  putBack(device: string, backup: Backup): void {
    for (const [holder, memory] of [...this.#memories]) {
      if (deviceOf(holder) !== device) continue;
      const before = backup.memories.get(holder.slice(device.length));
      for (const id of memory.acknowledged.keys()) if (before?.acknowledged.has(id) !== true) this.forgivable.add(id);
      this.#memories.delete(holder);
    }
    for (const [user, memory] of backup.memories) {
      this.#memories.set(`${device}${user}`, copyMemory(memory));
      // Pending once more: access may be back.
      for (const id of memory.acknowledged.keys())
        if (this.#withoutAccess.has(id) && !backup.withoutAccess.has(id)) this.answers.delete(id);
    }
    if (backup.account !== undefined) this.#accounts.set(device, backup.account);
    else this.#accounts.delete(device);
  }

  /** r0 is about to be put back: this is what it holds now. */
  r0GoesBack(held: ReadonlySet<string>): void {
    this.#heldBefore = held;
  }

  /** r0 is what it was, and holds no more than this. Authors bring back what they have kept; `confirmedKeptMax`: no more than so much. */
  r0WentBack(held: ReadonlySet<string>, confirmedKeptMax: number | undefined): void {
    for (const id of this.tried.keys()) if (!held.has(id)) this.gone.add(id);
    const holders = [...this.#memories.values()];
    for (const id of this.acknowledged.keys())
      if (holders.filter(({ acknowledged }) => acknowledged.has(id)).length > 1) this.decidedAnew.add(id);
    const confirmed = [...this.answers].filter(([, answer]) => answer === "confirmed").map(([id]) => id);
    for (const id of new Set([...this.#heldBefore, ...confirmed, ...this.#keptNoMore])) {
      if (held.has(id)) continue;
      this.#lostByR0.add(id);
      if (this.answers.get(id) === "confirmed") this.answers.delete(id);
      if (confirmedKeptMax !== undefined) this.#keptNoMore.add(id);
    }
  }

  /** r0 had it and lost it, and nobody is left who could bring it back. */
  #isGoneForGood(id: string): boolean {
    return this.#lostByR0.has(id) && this.#keptNoMore.has(id);
  }

  /** Of what its writer had been shown. */
  lostSeenBy(id: string): readonly LostOperation[] {
    return [...(this.saw.get(id) ?? [])].flatMap((earlier) => {
      const operation = this.tried.get(earlier);
      return operation !== undefined && this.#isGoneForGood(earlier) ? [{ operation, saw: this.saw.get(earlier) ?? new Set() }] : [];
    });
  }

  /** A new id: the change log begins anew with what is pending. */
  tookNewId(device: string, heldAtR0: ReadonlySet<string>): void {
    for (const { acknowledged } of this.#memoriesOf(device))
      for (const id of acknowledged.keys()) if (heldAtR0.has(id)) this.#keptNoMore.add(id);
  }

  /** What is at r0 is safe; the rest was on this device alone. */
  forgiveAllBut(device: string, heldAtR0: ReadonlySet<string>): void {
    for (const { acknowledged } of this.#memoriesOf(device))
      for (const id of acknowledged.keys()) (heldAtR0.has(id) ? this.#keptNoMore : this.forgivable).add(id);
  }

  forgetDevice(device: string): void {
    const account = this.#accounts.get(device);
    if (account !== undefined) this.#accounts.set(device, openAccount(account.user));
    for (const holder of [...this.#memories.keys()]) if (deviceOf(holder) === device) this.#memories.delete(holder);
  }

  /** Its dead are mourned: what they alone held, and r0 does not, is gone with them; so is what r0 lost and no author keeps. */
  mourn(dead: readonly string[], heldAtR0: ReadonlySet<string>): void {
    for (const id of this.#lostByR0) if (this.#isGoneForGood(id) && !heldAtR0.has(id)) this.forgivable.add(id);
    const living = new Set<string>();
    for (const [holder, { acknowledged }] of this.#memories)
      if (!dead.includes(deviceOf(holder))) for (const id of acknowledged.keys()) living.add(id);
    for (const device of dead)
      for (const { acknowledged } of this.#memoriesOf(device))
        for (const id of acknowledged.keys()) if (!living.has(id) && !heldAtR0.has(id)) this.forgivable.add(id);
  }

  /** Nobody can go on seeing what r0 has lost, but for its author. */
  withoutGone(memory: Memory): Memory {
    if (this.gone.size === 0) return memory;
    for (const id of memory.acknowledged.keys()) if (this.#isGoneForGood(id)) memory.acknowledged.delete(id);
    for (const [space, seen] of memory.seen) memory.seen.set(space, new Set([...seen].filter((id) => !this.gone.has(id))));
    return memory;
  }

  #memoriesOf(device: string): readonly Memory[] {
    return [...this.#memories].filter(([holder]) => deviceOf(holder) === device).map(([, memory]) => memory);
  }
}

function deviceOf(holder: string): string {
  return holder.split("/")[0] as string;
}

function emptyMemory(): Memory {
  return { acknowledged: new Map(), seen: new Map(), lost: new Set(), readMs: new Map() };
}

function copyMemory({ acknowledged, seen, lost, readMs }: Memory): Memory {
  return { acknowledged: new Map(acknowledged), seen: new Map(seen), lost: new Set(lost), readMs: new Map(readMs) };
}
