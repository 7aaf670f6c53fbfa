/** r0 of the demo: a real server on a real file, with one hook: it can be told to let a device die while it looks at that device's push. */
import { accept, createServer, type Listening, refuse, type Server } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { accountId, type DemoSchema, demoSchema, demoSpace, type DeviceName, planPrice, settingsId } from "./schema.ts";

export interface DemoServer {
  readonly server: Server<DemoSchema>;
  readonly listening: Listening;
  /** Runs `act` once, when r0 has the device's push and has not answered it; the answer waits for it. */
  onPush(device: DeviceName, act: () => Promise<void>): void;
}

interface DemoPrincipal {
  readonly id: string;
  readonly device: string;
}

/** One person, three devices: the token says which. A real app's token would prove it. */
export async function startDemoServer(path: string): Promise<DemoServer> {
  const hooks = new Map<string, () => Promise<void>>();
  const server = createServer<DemoSchema, DemoPrincipal>({
    schema: demoSchema,
    store: sqliteStore(path),
    authenticate: (token) => (token === "" ? null : { id: "ann", device: token }),
    authorize: {
      space: ({ id }, space) => (space === `user:${id}` ? "write" : "none"),
      operation: async ({ device }) => {
        const act = hooks.get(device);
        hooks.delete(device);
        await act?.();
        return accept();
      },
    },
    arbiters: {
      buyPlan: async (tx, { accountId: id, plan }) => {
        const account = await tx.accounts.get(id);
        if (account === undefined || account.credits < planPrice)
          return refuse("no-credit", `A plan costs ${planPrice} credits, and ${account?.credits ?? 0} are left.`);
        tx.accounts.update(id, { plan, credits: account.credits - planPrice });
        return accept({ plan });
      },
    },
    log: ({ level, detail, error }) => {
      if (level === "error") console.error(`server: ${detail} ${error instanceof Error ? error.message : ""}`);
    },
  });
  const listening = await server.listen({ port: 0, host: "127.0.0.1" });
  await server.space(demoSpace).write((tx) => {
    tx.accounts.create({ plan: "free", credits: planPrice }, { id: accountId });
    tx.settings.create({}, { id: settingsId });
  });
  return { server, listening, onPush: (device, act) => void hooks.set(device, act) };
}
