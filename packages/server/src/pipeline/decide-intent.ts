/**
 * An intent, decided by the app's arbiter under the space's turn: no other change comes in between what it reads and what it writes.
 * Its outcome is recorded under its UUID, beside its effect and in the same commit; whoever brings it again gets that outcome (trap 3, F12).
 */
import {
  boundRefusal,
  bytesToHex,
  bytesToValue,
  encodeOutcome,
  type Intent,
  lamportAfter,
  normalizeValue,
  type Refusal,
  type Transaction,
  TransactionBuilder,
  valueToBytes,
  wireLimits,
} from "@holdfast/core/engine";
import type { Decision } from "../decision.ts";
import type { Principal } from "../options.ts";
import { authorSource, planAuthored } from "./author-change.ts";
import type { DecisionContext } from "./context.ts";
import type { Turn } from "./turn.ts";
import { withDeadline } from "./with-deadline.ts";

/** Everything that can throw happens before the result is returned; calling it changes the turn and gives the outcome's bytes. */
export async function decideIntent(
  context: DecisionContext,
  turn: Turn,
  principal: Principal,
  transaction: Transaction,
  intent: Intent,
): Promise<() => Uint8Array> {
  const id = bytesToHex(intent.id);
  const known = turn.intent(id);
  if (known !== undefined) return () => known.bytes;
  const { counter } = transaction;
  const record = (bytes: Uint8Array): Uint8Array => {
    turn.recordIntent({ intent: id, bytes, atMs: context.runtime.wallMs() });
    return bytes;
  };
  const refuseWith = (refusal: Refusal) => (): Uint8Array => {
    turn.refused++;
    return record(encodeOutcome({ type: "refused", counter, ...boundRefusal(refusal) }));
  };

  const input = readInput(context, intent);
  if ("code" in input) return refuseWith(input);
  const arbiter = context.arbiters.get(intent.name);
  if (arbiter === undefined) return refuseWith({ code: "unknown-intent", reason: `The server has no arbiter for "${intent.name}".` });
  const builder = new TransactionBuilder(authorSource(context, turn));
  let decision: Decision;
  try {
    decision = await withDeadline(
      context.runtime,
      `The arbiter of "${intent.name}"`,
      context.limits.arbiterMsMax,
      arbiter(builder.tx, input.value, principal),
    );
  } finally {
    builder.close();
  }
  if (decision?.type === "refuse") return refuseWith(decision);
  if (decision?.type !== "accept") throw new TypeError(`the arbiter of "${intent.name}" returned neither accept() nor refuse()`);
  const result = normalizeValue(decision.result ?? null);
  if (!result.ok) throw new TypeError(`the arbiter of "${intent.name}" accepted with a result that cannot be kept: ${result.reason}`);
  const resultBytes = valueToBytes(result.value);
  if (resultBytes.length > wireLimits.outcomeResultBytesMax)
    throw new TypeError(`the arbiter of "${intent.name}" accepted with a result of ${resultBytes.length} bytes`);
  // The effect comes after the intent, whose own counter moves the clock.
  const lamport = lamportAfter(transaction, turn.mark(transaction.replica), turn.lamport, context.lamportLost).space;
  const authored = await planAuthored(context, turn, builder.mutations, lamport, transaction.dependencies);
  return () => record(encodeOutcome({ type: "accepted", counter, result: resultBytes, sequence: authored.append() }));
}

function readInput(context: DecisionContext, intent: Intent): { readonly value: unknown } | Refusal {
  const spec = context.rules.schema.intents.get(intent.name);
  if (spec === undefined) return { code: "unknown-intent", reason: `The server's schema has no intent "${intent.name}".` };
  const value = bytesToValue(intent.input);
  if (!value.ok) return { code: "malformed", reason: `Its input cannot be read: ${value.fault}.` };
  const validation = spec.validate(value.value);
  return validation.ok
    ? { value: validation.value }
    : { code: "invalid-value", reason: `The server's schema refuses the input of "${intent.name}": ${validation.reason}` };
}
