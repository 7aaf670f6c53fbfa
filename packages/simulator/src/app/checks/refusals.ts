/** What was refused is among the dead letters of whoever asked (F22). */
import type { DeadLetter } from "@holdfast/client";
import type { Oracle } from "../../workload/oracle.ts";
import { recordKey, type Told } from "../told-transaction.ts";

export function judgeRefusals(oracle: Oracle, told: Told, space: string, letters: readonly DeadLetter[]): readonly string[] {
  const touched = new Set(letters.flatMap(({ payload }) => (payload.type === "write" ? payload.changes.map(recordKey) : [])));
  const requests = letters.filter(({ payload }) => payload.type === "request").length;
  const wrong: string[] = [];
  let refusedRequests = 0;
  for (const [id, transactions] of told)
    for (const { type, answer, effects, space: own } of transactions) {
      if (own !== space || answer?.status !== "refused" || oracle.forgivable.has(id)) continue;
      if (type === "request") refusedRequests++;
      else if (effects.length > 0 && !effects.some((effect) => touched.has(recordKey(effect))))
        wrong.push(`${id} was refused (${answer.code ?? ""}), and is no dead letter`);
    }
  if (refusedRequests > requests) wrong.push(`${refusedRequests} requests were refused, and ${requests} are dead letters`);
  return wrong;
}
