/** Replicas of the bench: one user, one space, waits that a listener ends. */
import { join } from "node:path";
import { openReplica } from "@holdfast/client/node";
import { schema } from "./schema.ts";

export const space = "bench";

export type BenchReplica = Awaited<ReturnType<typeof openBench>>;

export function openBench(directory: string, name: string, port?: number) {
  return openReplica({
    schema,
    path: join(directory, `${name}.db`),
    spaces: [space],
    auth: () => "bench",
    ...(port === undefined ? {} : { server: `http://127.0.0.1:${port}` }),
  });
}

/** Until the replica says that it is in step. Its word is tested elsewhere. */
export function untilSynced(replica: BenchReplica): Promise<void> {
  return new Promise((resolve) => {
    const look = () => replica.status().spaces[space]?.synced === true;
    if (look()) return resolve();
    const stop = replica.on("status", () => {
      if (!look()) return;
      stop();
      resolve();
    });
  });
}
