/** A replica as the tests open it: short deadlines, and one user a device. */
import { createTransport, nodeRuntime, openReplica } from "@holdfast/client/node";
import { breakerDefaults } from "@holdfast/core/engine";
import type { LinkFaults } from "./link-faults.ts";
import { type WorkloadSchema, workloadSchema } from "./workload-schema.ts";

export type Replica = Awaited<ReturnType<typeof openTestReplica>>;
export type ReplicaOptions = Parameters<typeof openReplica<WorkloadSchema>>[0];

export interface DeviceOptions {
  readonly user?: string;
  readonly spaces?: readonly string[];
  readonly faults?: LinkFaults;
  /** `socket` keeps to what the proxy can take apart into messages; `auto` is what an app has. */
  readonly mode?: "auto" | "socket" | "http";
  readonly replica?: Partial<ReplicaOptions>;
}

export const testSpace = "space:test";

/** Short, so that a test of what happens after them is short. The proportions are those of the defaults. */
export const quickCycle = {
  connectMsMax: 1_000,
  requestMsMax: 1_500,
  heartbeatMs: 400,
  pongMsMax: 400,
  antiEntropyMs: 800,
  backoffBaseMs: 20,
  backoffCapMs: 300,
  stableMs: 500,
  breaker: { ...breakerDefaults, cooldownMs: 300 },
} as const;

export function openTestReplica(path: string, server: string, options: DeviceOptions) {
  return openReplica({
    schema: workloadSchema,
    path,
    spaces: [...(options.spaces ?? [testSpace])],
    auth: async () => options.user ?? "ann",
    transport: createTransport({ server, runtime: nodeRuntime, mode: options.mode ?? "socket" }),
    sync: quickCycle,
    ...options.replica,
  });
}
