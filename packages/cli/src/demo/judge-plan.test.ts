import { describe, expect, it } from "vitest";
import { judgePlan } from "./judge-plan.ts";
import type { PlanDecision, Shown } from "./ledger.ts";
import type { DeviceName } from "./schema.ts";

const granted: PlanDecision = { status: "accepted", plan: "plus" };
const refused: PlanDecision = { status: "refused", plan: "pro", code: "no-credit", reason: "None is left." };
const letter = { code: "no-credit", reason: "None is left.", intent: "buyPlan", input: { plan: "pro" }, values: [] };

function judge(
  decisions: Partial<Record<DeviceName, readonly PlanDecision[]>>,
  account: { plan: string; credits: number },
  letters: Shown["letters"],
) {
  const shown = (own: Shown["letters"]): Shown => ({ notes: [], others: { "accounts/ann": account }, conflicts: [], letters: own });
  const of = (name: DeviceName) => ({ decisions: decisions[name] ?? [] });
  return judgePlan(
    { phone: of("phone"), tablet: of("tablet"), watch: of("watch") },
    new Map([
      ["phone", shown(letters)],
      ["watch", shown([])],
    ]),
  );
}

describe("the purchase", () => {
  const both = { watch: [granted], phone: [refused] };

  it("[DEMO7] is in order when one is granted everywhere and the other refused and kept", () => {
    expect(judge(both, { plan: "plus", credits: 0 }, [letter])).toEqual([]);
  });

  it("[DEMO7] is not when both are granted, or one is forgotten", () => {
    expect(judge({ watch: [granted], phone: [{ status: "accepted", plan: "pro" }] }, { plan: "plus", credits: 0 }, []).join()).toContain(
      "2 accepted",
    );
    expect(judge({ watch: [granted] }, { plan: "plus", credits: 0 }, []).join()).toContain("1 were decided");
  });

  it("[DEMO7] is not when a refused plan is still shown, credits are spent twice, or the refusal is in no dead letter", () => {
    expect(judge(both, { plan: "pro", credits: 0 }, [letter]).join()).toContain('shows the plan "pro", and "plus" was granted');
    expect(judge(both, { plan: "plus", credits: -10 }, [letter]).join()).toContain("-10 credits");
    expect(judge(both, { plan: "plus", credits: 0 }, [{ ...letter, reason: "Because." }])).toEqual([
      "The purchase that the phone was refused is in none of its dead letters.",
    ]);
  });
});
