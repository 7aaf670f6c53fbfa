/** Holdfast in React: live queries, writes, requests and text fields as hooks over a replica. */
export { createHooks, type ConflictFilter, type Hooks, type TextField as TextFieldName } from "./hooks.ts";
export type { HoldfastProviderProps } from "./provider.ts";
export * from "./registered.ts";
export { bindTextField, type TextField } from "./text/bind-text-field.ts";
export type { ConflictsResult, DeadLettersResult } from "./use-lists.ts";
export type { RecordResult } from "./use-query.ts";
export type { RequestState } from "./use-request.ts";
export type { TextareaProps } from "./use-text.ts";
export type { WriteResult } from "./use-write.ts";
export type { QueryOptions, QueryResult } from "./view/query-view.ts";
export type { TextState } from "./view/text-view.ts";
