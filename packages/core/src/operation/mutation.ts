/** What an app asks for, before it has a dot: buffered by the transaction builder, turned into operations by `planOperations`. */
import type { FieldChange } from "../lattice/change.ts";
import type { RecordId } from "./operation.ts";

export type Mutation =
  | {
      readonly type: "create";
      readonly collection: string;
      readonly record: RecordId;
      readonly fields: readonly (readonly [field: string, change: FieldChange])[];
    }
  | {
      readonly type: "change";
      readonly collection: string;
      readonly record: RecordId;
      readonly field: string;
      readonly change: FieldChange;
    }
  | { readonly type: "delete"; readonly collection: string; readonly record: RecordId };
