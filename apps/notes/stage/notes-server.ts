/** r0 of the notes: a real server on a real file. It tells a listener what it has taken, for the picture of the change stream. */
import { accept, createServer, type Listening, refuse, type Server } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { accountId, firstCredits, type NotesSchema, planPrices, schema, settingsId, space } from "../src/model/schema.ts";
import type { TakenOperation } from "../src/stage/stage-api.ts";
import { firstNotes } from "./first-notes.ts";

export interface NotesServer {
  readonly server: Server<NotesSchema>;
  readonly listening: Listening;
  /** As the writer that it is itself, in version vectors. */
  readonly writer: string;
}

interface DevicePrincipal {
  readonly id: string;
  readonly device: string;
}

/** One person on her own machine: the token names the device, and is believed. An app that leaves the machine proves it. */
export async function startNotesServer(path: string, taken: (operation: TakenOperation) => void): Promise<NotesServer> {
  const store = sqliteStore(path);
  const server = createServer<NotesSchema, DevicePrincipal>({
    schema,
    store,
    authenticate: (token) => (token === "" ? null : { id: "ann", device: token }),
    authorize: {
      space: ({ id }, wanted) => (wanted === `user:${id}` ? "write" : "none"),
      operation: ({ device }, { collection, record, field, kind }) => {
        taken({ device, collection, record, field, kind });
        return accept();
      },
    },
    arbiters: {
      buyPlan: async (tx, { accountId: id, plan }, { device }) => {
        const account = await tx.accounts.get(id);
        const price = planPrices[plan] ?? 0;
        taken({ device, collection: "accounts", record: id, field: "plan", kind: "request" });
        if (account === undefined || account.credits < price)
          return refuse("no-credit", `${plan} costs ${price} credits, and ${account?.credits ?? 0} are left.`);
        tx.accounts.update(id, { plan, credits: account.credits - price });
        return accept({ plan });
      },
    },
    log: ({ level, detail, error }) => {
      if (level === "error") console.error(`server: ${detail} ${error instanceof Error ? error.message : ""}`);
    },
  });
  const listening = await server.listen({ port: 0, host: "127.0.0.1" });
  const r0 = server.space(space);
  await r0.write(async (tx) => {
    if ((await tx.accounts.get(accountId)) !== undefined) return;
    tx.accounts.create({ plan: "free", credits: firstCredits }, { id: accountId });
    tx.settings.create({}, { id: settingsId });
    for (const { id, title, pinned, tags, checklist, body } of firstNotes) {
      tx.notes.create({ title, pinned, tags, checklist }, { id });
      if (body !== "") tx.notes.text(id, "body").insert(0, body);
    }
  });
  return { server, listening, writer: (await store.meta()).epoch };
}
