import { createHooks } from "@holdfast/react";
import type { NotesSchema } from "../../notes/src/model/schema.ts";

export const { HoldfastProvider, useQuery, useRecord, useWrite, useStatus, useConflicts, useText } = createHooks<NotesSchema>();
