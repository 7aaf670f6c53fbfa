/** What the server refused: never dropped, said why, and it can be tried again. */
import { useDeadLetters } from "../hooks.ts";
import { Panel } from "./Panel.tsx";
import { valueWords } from "./words.ts";

export function DeadLetters({ onClose }: { readonly onClose: () => void }) {
  const { deadLetters, retry, discard } = useDeadLetters();
  return (
    <Panel title="Refused by the server" onClose={onClose}>
      {deadLetters.length === 0 ? (
        <p className="quiet">Nothing was refused.</p>
      ) : (
        <ul className="cards">
          {deadLetters.map(({ id, payload, reason, code }) => (
            <li className="card" key={id}>
              <p>
                {payload.type === "request" ? (
                  <strong>{requestWords(payload.intent, payload.input)}</strong>
                ) : (
                  <strong>A change to {payload.changes.map(({ field }) => field || "a record").join(", ")}</strong>
                )}
              </p>
              <p>{reason === "" ? code : reason}</p>
              <p className="quiet">It has been undone on this device. Nothing else was.</p>
              <p className="actions">
                <button type="button" className="primary" onClick={() => void retry(id).catch(() => undefined)}>
                  Try again
                </button>
                <button type="button" onClick={() => void discard(id)}>
                  Throw away
                </button>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function requestWords(intent: string, input: unknown): string {
  if (intent === "buyPlan") return `Buy the plan “${String((input as { readonly plan?: unknown }).plan)}”`;
  return `${intent} ${valueWords(input)}`;
}
