/** What a browser test stands on: the built pages, r0 in a process of its own behind a counter of sockets, browsers with profiles on disk. */
import { join } from "node:path";
import { inject } from "vitest";
import { type Child, startChild } from "../../harness/child-process.ts";
import type { ServerChildOptions } from "../../harness/server.child.ts";
import { createTempDir, type TempDir } from "../../harness/temp-dir.ts";
import { type Device, startDevice } from "./browser.ts";
import { startSocketCounter, type SocketCounter } from "./socket-counter.ts";
import { serveFolder, type StaticServer } from "./static-server.ts";

/** A server that comes back is found within a second: by default a device that has tried six times in vain rests for fifteen. */
export const soon = {
  backoffBaseMs: 50,
  backoffCapMs: 500,
  breaker: { windowMs: 60_000, outcomesMin: 6, failureRateMax: 0.7, cooldownMs: 500, probes: 2, outcomesMax: 64 },
};

export interface BrowserBed {
  readonly directory: TempDir;
  readonly pages: StaticServer;
  readonly sockets: SocketCounter;
  /** r0's address as the pages know it; it stays when r0 is started again. */
  readonly server: string;
  startServer(): Promise<void>;
  /** As a crash does. */
  killServer(): Promise<void>;
  /** It holds its sockets, and says nothing any more: so does a network that is gone. */
  freezeServer(): void;
  device(name: string): Promise<Device>;
  close(): Promise<void>;
}

export async function openBrowserBed(): Promise<BrowserBed> {
  const directory = createTempDir("browser");
  const programs = inject("programs");
  const pages = await serveFolder(inject("pages"));
  const devices: Device[] = [];
  let server: Child | undefined;
  let port = 0;
  const sockets = await startSocketCounter(() => port);
  const killServer = async (): Promise<void> => {
    await server?.kill();
    server = undefined;
  };
  const startServer = async (): Promise<void> => {
    server = startChild(join(programs, "server.mjs"), { path: directory.file("r0.db"), port } satisfies ServerChildOptions, {
      path: programs,
    });
    port = Number(await server.line("P "));
  };
  await startServer();
  return {
    directory,
    pages,
    sockets,
    server: sockets.url,
    startServer,
    killServer,
    freezeServer: () => {
      if (server !== undefined) process.kill(server.pid, "SIGSTOP");
    },
    async device(name) {
      const device = await startDevice(directory.file(name), pages.url);
      devices.push(device);
      return device;
    },
    async close() {
      for (const device of devices) await device.close();
      await sockets.close();
      await killServer();
      await pages.close();
      directory.remove();
    },
  };
}
