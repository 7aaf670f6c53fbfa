/** What mallory sends, and what r0 must say to it (trap 7). An attack that r0 takes is wrong here already; what it would do to honest devices, their checkers see. */
import {
  type ClientMessage,
  type Cursor,
  initialChain,
  kindCodes,
  type Operation,
  protocolVersion,
  registerLattice,
  type ReplicaId,
  type Transaction,
  type TransactionBody,
  type Value,
  valueToBytes,
} from "@holdfast/core/engine";
import type { Random } from "../../random.ts";
import { type AttackKind, mallory, onlooker } from "../people-plan.ts";
import type { Peer, Reaction } from "./peer.ts";

/** What she knows before she begins. */
export interface Knowledge {
  readonly peer: Peer;
  readonly draws: Random;
  readonly replica: ReplicaId;
  /** She may write there. */
  readonly space: string;
  /** There she may not even read. */
  readonly foreign: string;
  readonly victim: { readonly replica: ReplicaId; readonly principal: string };
  readonly schemaVersion: number;
}

/** After a proper hello. */
export interface Place extends Knowledge {
  readonly chain: Uint8Array;
  readonly lamport: number;
  readonly cursor: Cursor;
}

/** Each a fault's code, a refusal's, or how a push was stopped: `fault:malformed`, `refused:wrong-kind`, `stopped:gap`; `page`, `pushed`: harmless. */
export interface Attack {
  readonly begin: "nothing" | "hello";
  readonly run: (place: Place) => Promise<Reaction>;
  readonly expected: readonly string[];
}

export function sayReaction(reaction: Reaction): string {
  if (reaction.type === "fault") return `fault:${reaction.code}`;
  if (reaction.type !== "pushed") return reaction.type;
  const refused = reaction.outcomes.find((outcome) => outcome.type === "refused");
  if (refused !== undefined) return `refused:${refused.code}`;
  return reaction.stopped === undefined ? "pushed" : `stopped:${reaction.stopped.type}`;
}

export function hello(
  { replica, space, schemaVersion }: Knowledge,
  change: Partial<Extract<ClientMessage, { type: "hello" }>> = {},
): ClientMessage {
  return {
    type: "hello",
    protocol: protocolVersion,
    protocolMin: protocolVersion,
    capabilities: [],
    token: mallory,
    replica,
    principal: mallory,
    schemaVersion,
    spaces: [{ space, cursor: new Uint8Array(0), counter: 0 }],
    ...change,
  };
}

function assign(change: Partial<Operation> = {}, value: Value = "mallory was here"): Operation {
  return {
    collection: "drafts",
    record: "mallory",
    field: "line",
    kind: kindCodes.register,
    delta: registerLattice.encodeDelta({ value }),
    context: new Map(),
    creates: true,
    ...change,
  };
}

function forge(
  { replica, lamport, schemaVersion }: Place,
  body: TransactionBody | readonly Operation[],
  change: Partial<Transaction> = {},
): Transaction {
  return {
    replica,
    counter: 1,
    lamport: lamport + 1,
    schemaVersion,
    wallMs: 0,
    dependencies: new Map(),
    body: "type" in body ? body : { type: "operations", operations: body },
    extensions: [],
    ...change,
  };
}

function push(
  place: Place,
  transactions: readonly Transaction[],
  change: Partial<Extract<ClientMessage, { type: "push" }>> = {},
): Promise<Reaction> {
  const { peer, space, chain } = place;
  return peer.say({ type: "push", request: 1, space, chain, settledThrough: 0, transactions, ...change });
}

/** One operation, of which `change` says what is wrong. */
function operation(change: (place: Place) => Partial<Operation>, value?: Value): Attack["run"] {
  return (place) => push(place, [forge(place, [assign(change(place), value)])]);
}

function transaction(change: (place: Place) => Partial<Transaction>): Attack["run"] {
  return (place) => push(place, [forge(place, [assign()], change(place))]);
}

const far = 2 ** 40;

export const attacks: Readonly<Record<AttackKind, Attack>> = {
  "inflated stamp": { begin: "hello", run: transaction(() => ({ lamport: far })), expected: ["refused:stamp-out-of-bounds"] },
  "stamp of the past": {
    begin: "hello",
    run: (place) => push(place, [forge(place, [assign()]), forge(place, [assign()], { counter: 2 })]),
    expected: ["refused:stamp-out-of-bounds"],
  },
  "context of dots never seen": {
    begin: "hello",
    run: operation(({ victim }) => ({ context: new Map([[victim.replica, far]]) })),
    expected: ["refused:context-out-of-bounds"],
  },
  "context ahead of itself": {
    begin: "hello",
    run: operation(({ replica }) => ({ context: new Map([[replica, far]]) })),
    expected: ["refused:context-out-of-bounds"],
  },
  "transactions of another replica": {
    begin: "hello",
    run: transaction(({ victim }) => ({ replica: victim.replica })),
    expected: ["fault:malformed"],
  },
  "another's replica id": {
    begin: "nothing",
    run: (place) => place.peer.say(hello(place, { replica: place.victim.replica })),
    expected: ["fault:replica-taken"],
  },
  "another's principal": {
    begin: "nothing",
    run: (place) => place.peer.say(hello(place, { principal: place.victim.principal })),
    expected: ["fault:wrong-principal"],
  },
  "arbitrated field": {
    begin: "hello",
    run: operation(() => ({ collection: "accounts", record: "account", field: "credits", kind: kindCodes.arbitrated }), 1_000_000),
    expected: ["refused:arbitrated-by-client"],
  },
  "forged intent": {
    begin: "hello",
    run: (place) => {
      const input = { receipt: "mallory", amount: 1, by: place.victim.principal };
      const intent = { id: place.draws.bytes(16), name: "spend", input: valueToBytes(input) };
      return push(place, [forge(place, { type: "intent", intent })]);
    },
    expected: ["refused:in-anothers-name"],
  },
  "space without access": {
    begin: "nothing",
    run: async (place) => {
      const welcome = await place.peer.say(hello(place, { spaces: [{ space: place.foreign, cursor: new Uint8Array(0), counter: 0 }] }));
      if (welcome.type !== "welcome") return welcome;
      const request = { request: 1, space: place.foreign };
      if (place.draws.chance(0.5)) return push(place, [forge(place, [assign()])], request);
      return place.peer.say({ type: "pull", ...request, cursor: new Uint8Array(0), ownThrough: 0, bytesMax: 1_000_000 });
    },
    expected: ["fault:no-access"],
  },
  "space not followed": {
    begin: "hello",
    run: (place) => push(place, [forge(place, [assign()])], { space: place.foreign }),
    expected: ["fault:no-access"],
  },
  "write of who may only read": {
    begin: "nothing",
    run: async (place) => {
      const welcome = await place.peer.say(hello(place, { token: onlooker, principal: onlooker }));
      if (welcome.type !== "welcome") return welcome;
      const lamport = welcome.spaces[0]?.lamport ?? 0;
      return push(place, [forge({ ...place, lamport }, [assign()])], { chain: initialChain(place.space, place.replica) });
    },
    expected: ["refused:read-only"],
  },
  "malformed frame": {
    begin: "hello",
    run: ({ peer, draws }) => peer.sayBytes(draws.bytes(draws.between(1, 300))),
    expected: ["fault:malformed"],
  },
  "malformed delta": { begin: "hello", run: operation(({ draws }) => ({ delta: draws.bytes(40) })), expected: ["refused:malformed"] },
  "unknown names": {
    begin: "hello",
    run: operation(({ draws }) => (draws.chance(0.5) ? { collection: "vault" } : { field: "secret" })),
    expected: ["refused:unknown-collection", "refused:unknown-field"],
  },
  "wrong kind": {
    begin: "hello",
    // An increment by one, for a field that is a register.
    run: operation(() => ({ kind: kindCodes.counter, delta: Uint8Array.of(1, 0) })),
    expected: ["refused:wrong-kind"],
  },
  "value out of the schema": { begin: "hello", run: operation(() => ({}), 5), expected: ["refused:invalid-value"] },
  "too many bytes": {
    begin: "hello",
    run: (place) => place.peer.sayBytes(place.draws.bytes(5_000_000)),
    expected: ["fault:malformed", "fault:too-large"],
  },
  "wrong chain": {
    begin: "hello",
    run: (place) => push(place, [forge(place, [assign()])], { chain: place.draws.bytes(8) }),
    expected: ["stopped:forked"],
  },
  "gap in the counters": { begin: "hello", run: transaction(() => ({ counter: 7 })), expected: ["stopped:gap"] },
  "settled beyond the mark": {
    begin: "hello",
    run: (place) => push(place, [forge(place, [assign()])], { settledThrough: far }),
    expected: ["pushed"],
  },
  "forged cursor": { begin: "hello", run: (place) => pull(place, place.draws.bytes(30)), expected: ["page"] },
  "cursor of another space": {
    begin: "hello",
    run: (place) =>
      pull(
        place,
        place.cursor.map((byte, at) => (at === place.cursor.length >> 1 ? byte ^ 255 : byte)),
      ),
    expected: ["page"],
  },
  "dependency beyond the head": {
    begin: "hello",
    run: transaction(({ foreign }) => ({ dependencies: new Map([[foreign, far]]) })),
    expected: ["refused:dependency-out-of-bounds"],
  },
  "change of a record never created": {
    begin: "hello",
    run: operation(() => ({ record: "never-created", creates: false })),
    expected: ["refused:depends-on-refused"],
  },
  "many hellos": { begin: "hello", run: (place) => place.peer.say(hello(place)), expected: ["fault:malformed"] },
  "push before hello": { begin: "nothing", run: (place) => push(place, [forge(place, [assign()])]), expected: ["fault:malformed"] },
};

function pull({ peer, space }: Place, cursor: Cursor): Promise<Reaction> {
  return peer.say({ type: "pull", request: 1, space, cursor, ownThrough: 0, bytesMax: 1_000_000 });
}
