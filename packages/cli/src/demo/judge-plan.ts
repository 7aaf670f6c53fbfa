/** The purchase: one of the two is accepted, the other refused with a reason, kept as a dead letter, and undone everywhere. */
import type { PlanDecision, Shown } from "./ledger.ts";
import { accountId, type DeviceName, deviceNames } from "./schema.ts";

type Deciding = Readonly<Record<DeviceName, { readonly decisions: readonly PlanDecision[] }>>;

export function judgePlan(devices: Deciding, shownByDevice: ReadonlyMap<DeviceName, Shown>): readonly string[] {
  const wrong: string[] = [];
  const decided = deviceNames.flatMap((name) => devices[name].decisions.map((decision) => ({ name, decision })));
  const accepted = decided.filter(({ decision }) => decision.status === "accepted");
  if (decided.length !== 2 || accepted.length !== 1)
    wrong.push(`Of two purchases ${decided.length} were decided and ${accepted.length} accepted.`);
  const plan = accepted[0]?.decision.plan ?? "free";
  for (const [name, { others, letters }] of shownByDevice) {
    const account = others[`accounts/${accountId}`];
    if (account?.["plan"] !== plan)
      wrong.push(`The ${name} shows the plan ${JSON.stringify(account?.["plan"])}, and "${plan}" was granted.`);
    if (account?.["credits"] !== 0)
      wrong.push(`The ${name} shows ${JSON.stringify(account?.["credits"])} credits, and one plan costs all.`);
    for (const refused of decided) {
      if (refused.name !== name || refused.decision.status !== "refused") continue;
      const { code, reason } = refused.decision;
      if (!letters.some((letter) => letter.intent === "buyPlan" && letter.code === code && letter.reason === reason))
        wrong.push(`The purchase that the ${name} was refused is in none of its dead letters.`);
    }
  }
  return wrong;
}
