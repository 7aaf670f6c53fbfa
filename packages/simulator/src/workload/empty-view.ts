/** A space in which nothing has happened: where a checker's test begins. */
import type { SpaceView } from "./space-view.ts";

export const emptyView: SpaceView = {
  entries: new Map(),
  totals: new Map(),
  boards: new Map(),
  notes: new Map(),
  oddities: new Map(),
  memos: new Set(),
  receipts: new Map(),
  seats: new Map(),
  claims: new Map(),
  credits: undefined,
  letters: new Set(),
  doubtful: new Set(),
  conflicts: () => [],
};
