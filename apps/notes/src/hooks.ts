import { createHooks } from "@holdfast/react";
import type { NotesSchema } from "./model/schema.ts";

export const {
  HoldfastProvider,
  useQuery,
  useRecord,
  useWrite,
  useRequest,
  useStatus,
  useConflicts,
  useDeadLetters,
  useTextarea,
  useReplica,
} = createHooks<NotesSchema>();
