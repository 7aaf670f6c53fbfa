/** The fleet's own app: every transaction leaves an entry that says what it did, so that what must be found elsewhere follows from the entries. */
import type { DeadLetter, Replica } from "@holdfast/client";
import { HoldfastError } from "@holdfast/core";
import { accept, type Arbiters, type Principal, refuse } from "@holdfast/server";
import type { App, AppReplica, AppServer, Performed } from "../app/app.ts";
import { checkBalance } from "../checkers/balance.ts";
import { checkCausalOrder } from "../checkers/causal-order.ts";
import { checkClaims } from "../checkers/claims.ts";
import { checkConflictLog } from "../checkers/conflict-log.ts";
import { checkDeadLetters } from "../checkers/dead-letters.ts";
import { checkDeletions } from "../checkers/deletions.ts";
import { checkHonestStatus } from "../checkers/honest-status.ts";
import { checkKnowingReplacement } from "../checkers/knowing-replacement.ts";
import { checkOddValues } from "../checkers/odd-values.ts";
import { checkOwnRequests } from "../checkers/own-requests.ts";
import { checkSessionGuarantees } from "../checkers/session-guarantees.ts";
import { checkSurvival } from "../checkers/survival.ts";
import { checkWholeEnding, checkWholeReading } from "../checkers/whole-transactions.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { writeMark } from "../people/marks.ts";
import { type Circumstances, leavesEntry, writeOperation } from "./apply-operation.ts";
import { drawOperations } from "./draw-operations.ts";
import { accountId, creditsGranted, oldSchema, simulatedSchema, type SimulatedSchema, spaceName } from "./schema.ts";
import { isDoubtful, refusedEarlier } from "./doubtful.ts";
import { readSpaceView, type SpaceView } from "./space-view.ts";

type LedgerReplica = Replica<SimulatedSchema>;

const arbiters: Arbiters<SimulatedSchema, Principal> = {
  spend: async (tx, { receipt, amount, by }, principal) => {
    if (by !== undefined && by !== principal.id) return refuse("in-anothers-name", `${by} asked, and ${principal.id} has sent it.`);
    const row = await tx.accounts.get(accountId);
    if (row === undefined || row.credits < amount) return refuse("no-credit", `${amount} credits are needed.`);
    tx.accounts.update(accountId, { credits: row.credits - amount });
    tx.receipts.create({ amount }, { id: receipt });
    return accept();
  },
  claim: async (tx, { receipt, seat, by }, principal) => {
    if (by !== undefined && by !== principal.id) return refuse("in-anothers-name", `${by} asked, and ${principal.id} has sent it.`);
    const row = await tx.seats.get(seat);
    if (row !== undefined && row.holder !== "") return refuse("taken", `${row.holder} has it.`);
    if (row === undefined) tx.seats.create({ holder: receipt }, { id: seat });
    else tx.seats.update(seat, { holder: receipt });
    tx.claims.create({ seat }, { id: receipt });
    return accept();
  },
};

/** One forbidden entry in many: those of long sessions. */
const mistaken = /-7$/;

const server: AppServer = {
  authenticate: (token) => (token === "" ? null : { id: token }),
  authorize: {
    space: () => "write",
    operation: (_principal, { collection, field, values, record }) => {
      if (collection !== "entries" || field !== "effect" || values[0] !== "forbidden") return accept();
      // Apps have mistakes: r0 cannot decide such a one, and its device takes it out of the way in the end (F10).
      if (mistaken.test(record)) throw new TypeError("The app's rule has a mistake.");
      return refuse("forbidden", "Planned so.");
    },
  },
  arbiters: arbiters as NonNullable<AppServer["arbiters"]>,
};

export const ledgerApp: App<SpaceView> = {
  name: "ledger",
  schema: simulatedSchema,
  schemas: [oldSchema, simulatedSchema],
  server,
  spaceName,
  grant: async (r0, space) => {
    await r0.space(space).write(async (tx) => {
      if ((await tx["accounts"]?.get(accountId)) === undefined) tx["accounts"]?.create({ credits: creditsGranted }, { id: accountId });
    });
  },
  drawOperations,
  perform(replica: AppReplica, operation, { user, version }) {
    const ledger = replica as unknown as LedgerReplica;
    const isPersonal = user !== "ann";
    switch (operation.effect) {
      case "read":
        return undefined;
      case "spend":
      case "claim":
        return request(ledger, operation, isPersonal ? user : undefined);
      case "paint":
      case "memo":
        // The old app has no button for it.
        if (version === 0) return undefined;
    }
    const mark = isPersonal ? writeMark({ user, space: spaceName(operation.space), operation: operation.id }) : "";
    return write(ledger, operation, { mark, version });
  },
  mayThrow: (error) => error instanceof ExpectedRefusal,
  view: ({ replica, port, space }) => {
    const letters = replica.deadLetters.list();
    const known = { letters: lettersIn(letters), doubtful: lettersIn(letters.filter(isDoubtful)) };
    return readSpaceView(port, space, known, () => replica.conflicts.list().filter((conflict) => conflict.space === space));
  },
  lettersIn,
  seen: ({ entries }) => new Set(entries.keys()),
  shown: ({ entries, receipts }) => [...entries.keys(), ...receipts.keys()],
  mayBeRefused: (operation, code) =>
    code !== "in-anothers-name" &&
    (!leavesEntry(operation) ||
      operation.effect === "forbidden" ||
      (operation.effect === "size" && (code === "invalid-value" || code === refusedEarlier))),
  readingCheckers: {
    sessions: checkSessionGuarantees,
    "whole transactions": checkWholeReading,
    "honest status": checkHonestStatus,
    "causal order": checkCausalOrder,
    "knowing replacement": checkKnowingReplacement,
    "deleted stays deleted": checkDeletions,
    "values as written": checkOddValues,
    "own requests": checkOwnRequests,
  },
  endingCheckers: {
    survival: checkSurvival,
    "whole transactions": checkWholeEnding,
    "dead letters": checkDeadLetters,
    balance: checkBalance,
    claims: checkClaims,
    "conflict log": checkConflictLog,
  },
};

/** What cannot be kept was refused, as it should be, before anything had changed. */
class ExpectedRefusal extends Error {
  readonly code: string;

  constructor({ code, message }: HoldfastError) {
    super(message);
    this.code = code;
  }
}

async function write(replica: LedgerReplica, operation: PlannedOperation, circumstances: Circumstances): Promise<Performed> {
  if (operation.effect !== "refused odd") {
    const { confirmed } = await writeOperation(replica, operation, circumstances);
    return { answered: confirmed };
  }
  try {
    await writeOperation(replica, operation, circumstances);
  } catch (error) {
    const isRefusal = error instanceof HoldfastError && ["invalid-value", "too-large"].includes(error.code);
    throw isRefusal ? new ExpectedRefusal(error) : error;
  }
  throw new TypeError("A value that cannot be kept was taken.");
}

async function request(replica: LedgerReplica, { id, space, effect, target, amount }: PlannedOperation, by?: string): Promise<Performed> {
  const asker = by !== undefined && { by };
  const { decided } =
    effect === "spend"
      ? await replica.request(spaceName(space), "spend", { receipt: id, amount, ...asker })
      : await replica.request(spaceName(space), "claim", { receipt: id, seat: target, ...asker });
  return {
    answered: decided.then((decision) => ({ ...decision, status: decision.status === "accepted" ? "confirmed" : decision.status })),
  };
}

function lettersIn(letters: readonly Pick<DeadLetter, "payload">[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { payload } of letters) {
    if (payload.type === "request") ids.add((payload.input as unknown as { readonly receipt: string }).receipt);
    else for (const { collection, record } of payload.changes) if (collection === "entries") ids.add(record);
  }
  return ids;
}
