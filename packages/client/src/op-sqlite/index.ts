/** Replicas in a React Native app: op-sqlite, React Native's WebSocket, HTTP where sockets do not pass. */
import * as OPSQLite from "@op-engineering/op-sqlite";
import type { AnySchema } from "@holdfast/core";
import { AppState } from "react-native";
import { type NativeReplica, type NativeReplicaOptions, openNativeReplica } from "../native/open-native.ts";
import { connectOpSqlite } from "./op-sqlite.ts";

export type { AppStateHost, ExpiryHost, NetInfoHost, NetworkState } from "../native/host-shapes.ts";
export type { SliceOptions, SliceOutcome } from "../native/lifecycle.ts";
export type { NativeReplica, NativeReplicaOptions } from "../native/open-native.ts";
export type { RandomBytes } from "../native/native-runtime.ts";
export type * from "../index.ts";

/**
 * Throws as `openReplica` of every host does, `invalid-option` where there is no cryptographic randomness, `store-unsafe` when a key was given
 * to a build without SQLCipher, `store-mismatch` when the key does not open the file.
 */
export async function openReplica<S extends AnySchema>(options: NativeReplicaOptions<S>): Promise<NativeReplica<S>> {
  return openNativeReplica(options, { appState: AppState, connect: () => connectOpSqlite(OPSQLite, options) });
}
