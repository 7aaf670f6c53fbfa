/** Starts `programs/server.ts` and talks to it. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { ServerAnswer, ServerCommand } from "./programs/server.ts";

export interface ServerProcess {
  readonly port: number;
  tell(command: ServerCommand): Promise<ServerAnswer>;
  stop(): Promise<void>;
}

export async function startServer(directory: string): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, "programs/server.ts"), { execArgv: ["--conditions=holdfast-source"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const tell = (command: ServerCommand) =>
    new Promise<ServerAnswer>((resolve, reject) => {
      child.once("message", (reply: { answer?: ServerAnswer; error?: string }) =>
        reply.answer === undefined ? reject(new Error(reply.error)) : resolve(reply.answer),
      );
      child.send(command);
    });
  const { port } = await tell({ type: "start", path: join(directory, "r0.db") });
  if (port === undefined) throw new Error("the server did not say its port");
  return {
    port,
    tell,
    stop() {
      child.disconnect();
      return exited;
    },
  };
}
