/** The fleet's own app: every transaction leaves an entry that says what it did, so that what must be found elsewhere follows from the entries. */
import type { Replica } from "@holdfast/client";
import { accept, type Arbiters, type Principal, refuse } from "@holdfast/server";
import type { App, AppReplica, AppServer, Performed } from "../app/app.ts";
import { checkBalance } from "../checkers/balance.ts";
import { checkDeadLetters } from "../checkers/dead-letters.ts";
import { checkHonestStatus } from "../checkers/honest-status.ts";
import { checkSessionGuarantees } from "../checkers/session-guarantees.ts";
import { checkSurvival } from "../checkers/survival.ts";
import { checkWholeEnding, checkWholeReading } from "../checkers/whole-transactions.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { leavesEntry, writeOperation } from "./apply-operation.ts";
import { drawOperations } from "./draw-operations.ts";
import { accountId, creditsGranted, simulatedSchema, type SimulatedSchema, spaceName } from "./schema.ts";
import { readSpaceView, type SpaceView } from "./space-view.ts";

type LedgerReplica = Replica<SimulatedSchema>;

const arbiters: Arbiters<SimulatedSchema, Principal> = {
  spend: async (tx, { receipt, amount }) => {
    const row = await tx.accounts.get(accountId);
    if (row === undefined || row.credits < amount) return refuse("no-credit", `${amount} credits are needed.`);
    tx.accounts.update(accountId, { credits: row.credits - amount });
    tx.receipts.create({ amount }, { id: receipt });
    return accept();
  },
};

const server: AppServer = {
  authenticate: (token) => (token === "" ? null : { id: token }),
  authorize: {
    space: () => "write",
    operation: (_principal, { collection, field, values }) =>
      collection === "entries" && field === "effect" && values[0] === "forbidden" ? refuse("forbidden", "Planned so.") : accept(),
  },
  arbiters: arbiters as NonNullable<AppServer["arbiters"]>,
};

export const ledgerApp: App<SpaceView> = {
  name: "ledger",
  schema: simulatedSchema,
  server,
  spaceName,
  grant: async (r0, space) => {
    await r0.space(space).write(async (tx) => {
      if ((await tx["accounts"]?.get(accountId)) === undefined) tx["accounts"]?.create({ credits: creditsGranted }, { id: accountId });
    });
  },
  drawOperations,
  perform(replica: AppReplica, operation) {
    if (operation.effect === "read") return undefined;
    const ledger = replica as unknown as LedgerReplica;
    return operation.effect === "spend" ? spend(ledger, operation) : write(ledger, operation);
  },
  view: ({ replica, port, space }) => readSpaceView(port, space, lettersOf(replica)),
  seen: ({ entries }) => new Set(entries.keys()),
  mayBeRefused: (operation) => !leavesEntry(operation) || operation.effect === "forbidden",
  readingCheckers: { sessions: checkSessionGuarantees, "whole transactions": checkWholeReading, "honest status": checkHonestStatus },
  endingCheckers: {
    survival: checkSurvival,
    "whole transactions": checkWholeEnding,
    "dead letters": checkDeadLetters,
    balance: checkBalance,
  },
};

async function write(replica: LedgerReplica, operation: PlannedOperation): Promise<Performed> {
  const { confirmed } = await writeOperation(replica, operation);
  return { answered: confirmed };
}

async function spend(replica: LedgerReplica, { id, space, amount }: PlannedOperation): Promise<Performed> {
  const { decided } = await replica.request(spaceName(space), "spend", { receipt: id, amount });
  return { answered: decided.then(({ status }) => ({ status: status === "accepted" ? "confirmed" : status })) };
}

function lettersOf(replica: LedgerReplica): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { payload } of replica.deadLetters.list()) {
    if (payload.type === "request") ids.add((payload.input as unknown as { readonly receipt: string }).receipt);
    else for (const { collection, record } of payload.changes) if (collection === "entries") ids.add(record);
  }
  return ids;
}
