/** Starts `r0.program.ts` and talks to it. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { InstanceAnswer, InstanceCommand, InstanceOptions } from "./r0.program.ts";

export interface Instance {
  readonly url: string;
  readonly port: number;
  tell(command: InstanceCommand): Promise<InstanceAnswer>;
  stop(): Promise<void>;
}

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const child = fork(join(import.meta.dirname, "r0.program.ts"), { execArgv: ["--conditions=holdfast-source", "--expose-gc"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const waiting = new Map<number, { resolve: (answer: InstanceAnswer) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on("message", ({ number, answer, error }: { number: number; answer?: InstanceAnswer; error?: string }) => {
    const asker = waiting.get(number);
    waiting.delete(number);
    if (answer === undefined) asker?.reject(new Error(error));
    else asker?.resolve(answer);
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the instance has died"));
  });
  const tell = (command: InstanceCommand) =>
    new Promise<InstanceAnswer>((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      child.send({ number: asked, command });
    });
  const { port } = await tell({ type: "start", options });
  if (port === undefined) throw new Error("the instance did not say its port");
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    tell,
    stop() {
      if (child.connected) child.disconnect();
      return exited;
    },
  };
}
