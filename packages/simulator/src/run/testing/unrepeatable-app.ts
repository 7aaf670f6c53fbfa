/** The fleet's own app, but what people do depends on how often it was asked: no two runs of a plan are the same. */
import type { App } from "../../app/app.ts";
import { ledgerApp } from "../../workload/ledger-app.ts";

let asked = 0;

export function openApp(input: unknown): App {
  const app = ledgerApp as unknown as App;
  if (input !== "unrepeatable") throw new Error("This app is asked for by its name.");
  return { ...app, perform: (replica, operation, ...rest) => app.perform(replica, { ...operation, amount: ++asked }, ...rest) };
}
