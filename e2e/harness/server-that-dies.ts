/** r0 in a process that is killed every now and then and comes back on the same port over the same file. */
import { type Child, startChild } from "./child-process.ts";
import type { Random } from "./keyed-random.ts";
import type { ServerChildOptions } from "./server.child.ts";
import type { TempDir } from "./temp-dir.ts";

export interface ServerThatDies {
  readonly port: number;
  /** No more kills; it is up when this resolves. Gives how often it was killed. */
  settle(): Promise<number>;
  stop(): Promise<void>;
}

export interface ServerThatDiesOptions {
  readonly program: string;
  readonly path: string;
  readonly directory: TempDir;
  readonly random: Random;
}

export async function startServerThatDies({ program, path, directory, random }: ServerThatDiesOptions): Promise<ServerThatDies> {
  let port = 0;
  const start = async (): Promise<Child> => {
    const options: ServerChildOptions = { path, port };
    const child = startChild(program, options, directory);
    port = Number(await child.line("P "));
    return child;
  };
  let child = await start();
  let kills = 0;
  let wake = (): void => undefined;
  let settled = false;
  const loop = (async () => {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, random.between(600, 1_800)).unref();
      });
      if (settled) return;
      await child.kill();
      kills++;
      child = await start();
    }
  })();
  return {
    port,
    async settle() {
      settled = true;
      wake();
      await loop;
      return kills;
    },
    stop: () => child.stop(),
  };
}
