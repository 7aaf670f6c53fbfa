/** Replicas in Node: `node:sqlite`, the global WebSocket, HTTP where sockets do not pass. */
import { inflateRawSync } from "node:zlib";
import type { AnySchema } from "@holdfast/core";
import type { Runtime, TransportPort } from "@holdfast/core/engine";
import { openReplicaWith } from "../open-replica.ts";
import type { ReplicaOptions } from "../options.ts";
import type { Replica } from "../replica.ts";
import { nodeRuntime } from "./runtime.ts";
import { openNodeSqlite } from "./sqlite.ts";
import { createTransport } from "../transport/transport.ts";

export { type FileReport, inspectFile } from "./inspect.ts";
export { nodeRuntime } from "./runtime.ts";
export { openNodeSqlite } from "./sqlite.ts";
export { createTransport, type TransportOptions } from "../transport/transport.ts";
export { createPresence } from "../presence/create-presence.ts";
export type * from "../index.ts";

export interface NodeReplicaOptions<S extends AnySchema> extends ReplicaOptions<S> {
  /** The replica's one file. Its directory exists. */
  readonly path: string;
  /** r0's address, `http:` or `https:`. Without it the replica stays by itself. */
  readonly server?: string;
  readonly runtime?: Runtime;
  /** Takes the place of `server`. */
  readonly transport?: TransportPort;
}

export async function openReplica<S extends AnySchema>(options: NodeReplicaOptions<S>): Promise<Replica<S>> {
  const runtime = options.runtime ?? nodeRuntime;
  const transport = options.transport ?? (options.server === undefined ? undefined : createTransport({ server: options.server, runtime }));
  return openReplicaWith(options, {
    openSqlite: () => openNodeSqlite(options.path),
    transport,
    runtime,
    inflate: (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax }),
    defer: (run) => void setImmediate(run),
    persistent: true,
  });
}
