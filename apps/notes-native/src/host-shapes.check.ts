/**
 * Never run, only type-checked: the real packages fit the ports that our adapters and options declare. In the repository's own tests shims
 * of our own hands stand in their place.
 */
import * as OPSQLite from "@op-engineering/op-sqlite";
import NetInfo from "@react-native-community/netinfo";
import type { AppStateHost, ExpiryHost, NativeReplicaOptions, NetInfoHost, openReplica, RandomBytes } from "@holdfast/client/expo";
import type { openReplica as openReplicaOnOp } from "@holdfast/client/op-sqlite";
import * as BackgroundTask from "expo-background-task";
import { getRandomBytes, getRandomValues } from "expo-crypto";
import * as SQLite from "expo-sqlite";
import { AppState } from "react-native";
import type { ExpoSqlite } from "../../../packages/client/src/expo/expo-sqlite.ts";
import type { OpSqlite } from "../../../packages/client/src/op-sqlite/op-sqlite.ts";
import type { NotesSchema } from "../../notes/src/model/schema.ts";

export const expoSqlite: ExpoSqlite = SQLite;
export const opSqlite: OpSqlite = OPSQLite;
export const appState: AppStateHost = AppState;
export const netInfo: NetInfoHost = NetInfo;
export const expiry: ExpiryHost = BackgroundTask;
export const randomBytes: readonly RandomBytes[] = [getRandomBytes, (length) => getRandomValues(new Uint8Array(length))];

/** Both entry points take the same options. */
export type Opens = [typeof openReplica<NotesSchema>, typeof openReplicaOnOp<NotesSchema>] extends readonly ((
  options: NativeReplicaOptions<NotesSchema>,
) => unknown)[]
  ? true
  : never;
export const opens: Opens = true;
