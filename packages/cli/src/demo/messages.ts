/** The lines between the parent and a device: one JSON text each, over the pipes. Every command is answered, with its request number. */
import type { ImportedNote } from "./import-notes.ts";
import type { PlanDecision, Shown, Write } from "./ledger.ts";
import type { DeviceName, Plan } from "./schema.ts";

/** The device's one argument. */
export interface DeviceOptions {
  readonly device: DeviceName;
  readonly path: string;
  readonly server: string;
  readonly seed: number;
  /** Opened in airplane mode. */
  readonly offline: boolean;
}

export type Command =
  | { readonly type: "import"; readonly notes: readonly ImportedNote[]; readonly firstNumber: number }
  | {
      readonly type: "edit";
      readonly act: number;
      readonly firstNumber: number;
      readonly count: number;
      readonly hot: readonly string[];
      readonly lanes: number;
      readonly pauseMsMax: number;
    }
  | { readonly type: "delete"; readonly act: number; readonly firstNumber: number; readonly record: string }
  | { readonly type: "retitle"; readonly act: number; readonly firstNumber: number; readonly record: string; readonly title: string }
  | { readonly type: "buy"; readonly plan: Plan }
  | { readonly type: "offline" }
  | { readonly type: "online" }
  | { readonly type: "state" }
  | { readonly type: "plan" }
  | { readonly type: "digest" }
  | { readonly type: "show" }
  | { readonly type: "close" };

export interface Answers {
  readonly import: null;
  readonly edit: null;
  readonly delete: null;
  readonly retitle: null;
  readonly buy: null;
  readonly offline: null;
  readonly online: null;
  readonly state: DeviceState;
  readonly plan: Plan;
  readonly digest: string;
  readonly show: Shown;
  readonly close: null;
}

export interface DeviceState {
  readonly pending: number;
  readonly synced: boolean;
  readonly sequence: number;
  readonly connection: string;
}

export type Report =
  /** The replica is open: what it found in its file. */
  | { readonly type: "opened"; readonly replica: string; readonly pending: number }
  /** A write is about to be committed. */
  | { readonly type: "begun"; readonly write: Write }
  /** `write` has resolved: from here on it may never be lost. */
  | { readonly type: "acknowledged"; readonly number: number }
  | { readonly type: "decided"; readonly decision: PlanDecision }
  | { readonly type: "answer"; readonly request: number; readonly value: unknown }
  | { readonly type: "failed"; readonly request: number; readonly detail: string };
