/** A purchase: shown at once, decided by the server, undone and explained if it is refused. */
import { useRecord, useRequest } from "../hooks.ts";
import { accountId, planPrices, space } from "../model/schema.ts";
import { Panel } from "./Panel.tsx";
import { planNames } from "./words.ts";

export function PlanPanel({ onClose }: { readonly onClose: () => void }) {
  const { record: account } = useRecord(space, "accounts", accountId);
  const { request, state } = useRequest(space, "buyPlan");
  const isOpen = state.kind === "asking" || state.kind === "undecided";
  return (
    <Panel title="Your plan" onClose={onClose}>
      {account === undefined ? (
        <p className="quiet">Your account has not arrived on this device yet.</p>
      ) : (
        <>
          <p className="plan-now">
            <strong>{planNames[account.plan]}</strong>
            <span className="quiet">{account.credits} credits left</span>
          </p>
          <p className="actions">
            {(["plus", "pro"] as const).map((plan) => (
              <button
                key={plan}
                type="button"
                className="primary"
                disabled={isOpen || account.plan === plan}
                onClick={() => void request({ accountId, plan })}
              >
                {planNames[plan]} for {planPrices[plan]} credits
              </button>
            ))}
          </p>
          <p role="status" className="plan-state">
            {isOpen && "On this device it is yours already. The server has the last word, as soon as it is reached."}
            {state.kind === "decided" && state.status === "accepted" && "The server says yes: it is yours everywhere."}
            {state.kind === "decided" &&
              state.status === "refused" &&
              `The server says no: ${state.reason} Nothing was charged, and your plan is as it was.`}
            {state.kind === "decided" &&
              state.status === "unknown" &&
              "It was decided while this device was away too long to hear it. What you see above is how it was decided."}
            {state.kind === "failed" && state.error.message}
          </p>
        </>
      )}
    </Panel>
  );
}
