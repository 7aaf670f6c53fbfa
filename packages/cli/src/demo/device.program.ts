/**
 * A device: a replica in a process of its own, made to be killed. It does what its standard input says and tells on its standard
 * output what it is about to commit and what has been acknowledged. Lines go out synchronously: what was written before a SIGKILL
 * is read by the parent.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openReplica } from "@holdfast/client/node";
import type { WriteTransaction } from "@holdfast/core";
import { drawEdits } from "./edits.ts";
import type { Edit, PlanDecision, Write } from "./ledger.ts";
import type { Answers, Command, DeviceOptions, DeviceState, Report } from "./messages.ts";
import { keyedRandom } from "./random.ts";
import { accountId, type DemoSchema, demoSchema, demoSpace, type Plan } from "./schema.ts";
import { showReplica } from "./show.ts";

const options = JSON.parse(process.argv[2] as string) as DeviceOptions;
const { device } = options;

function say(report: Report): void {
  const line = Buffer.from(`${JSON.stringify(report)}\n`);
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(1, line, at);
    } catch (error) {
      // The parent reads more slowly than we write.
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

const replica = await openReplica({
  schema: demoSchema,
  path: options.path,
  server: options.server,
  spaces: [demoSpace],
  auth: () => device,
});
if (options.offline) await replica.background();
say({ type: "opened", replica: replica.id, pending: replica.status().pending });

async function write(
  act: number,
  number: number,
  change: (tx: WriteTransaction<DemoSchema>, marker: string) => Promise<readonly Edit[]> | readonly Edit[],
): Promise<void> {
  await replica.write(demoSpace, async (tx) => {
    const edits = await change(tx, `${device}-${number}`);
    const told: Write = { device, number, act, edits };
    say({ type: "begun", write: told });
  });
  say({ type: "acknowledged", number });
}

/** `lanes` writes are under way at any time: those that meet share a commit. */
async function inLanes(lanes: number, firstNumber: number, count: number, run: (number: number) => Promise<void>): Promise<void> {
  let next = firstNumber;
  const lane = async (): Promise<void> => {
    while (next < firstNumber + count) await run(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

type Handlers = { readonly [T in Command["type"]]: (command: Extract<Command, { type: T }>) => Promise<Answers[T]> };

const handlers: Handlers = {
  async import({ notes, firstNumber }) {
    await inLanes(8, firstNumber, notes.length, (number) =>
      write(1, number, (tx) => {
        const note = notes[number - firstNumber] as (typeof notes)[number];
        const { id, body, ...fields } = note;
        tx.notes.create(fields, { id });
        if (body !== "") tx.notes.text(id, "body").insert(0, body);
        return [{ type: "create", note }];
      }),
    );
    return null;
  },
  async edit({ act, firstNumber, count, hot, lanes, pauseMsMax }) {
    await inLanes(lanes, firstNumber, count, async (number) => {
      const random = keyedRandom(options.seed, device, number);
      await write(act, number, (tx, marker) => drawEdits(tx, random, marker, hot));
      if (pauseMsMax > 0) await pause(random.between(0, pauseMsMax));
    });
    return null;
  },
  async delete({ act, firstNumber, record }) {
    await write(act, firstNumber, (tx) => {
      tx.notes.delete(record);
      return [{ type: "delete", record }];
    });
    return null;
  },
  async retitle({ act, firstNumber, record, title }) {
    await write(act, firstNumber, (tx) => {
      tx.notes.update(record, { title });
      return [{ type: "assign", collection: "notes", record, field: "title", value: title }];
    });
    return null;
  },
  async buy({ plan }) {
    const { decided } = await replica.request(demoSpace, "buyPlan", { accountId, plan });
    void decided.then((decision) => {
      if (decision.status === "accepted") say({ type: "decided", decision: { status: "accepted", plan } });
      else if (decision.status === "refused") say({ type: "decided", decision: { ...decision, plan } satisfies PlanDecision });
    });
    return null;
  },
  async offline() {
    await replica.background();
    return null;
  },
  async online() {
    await replica.foreground();
    return null;
  },
  async state(): Promise<DeviceState> {
    const { pending, connection, spaces } = replica.status();
    const space = spaces[demoSpace];
    return { pending, synced: space?.synced === true, sequence: space?.sequence ?? 0, connection: connection.kind };
  },
  async plan(): Promise<Plan> {
    return (await replica.space(demoSpace).accounts.get(accountId))?.plan ?? "free";
  },
  digest: () => replica.digest(demoSpace),
  show: () => showReplica(replica),
  async close() {
    await replica.close();
    return null;
  },
};

/** Commands run side by side: edits go on while the parent asks for the state. A device whose parent is gone ends. */
const commands = createInterface({ input: process.stdin });
commands.on("close", () => process.exit());
commands.on("line", (line) => {
  const { request, ...command } = JSON.parse(line) as Command & { readonly request: number };
  const handle = handlers[command.type] as (command: Command) => Promise<unknown>;
  handle(command).then(
    (value) => say({ type: "answer", request, value }),
    (error: unknown) => say({ type: "failed", request, detail: error instanceof Error ? error.message : String(error) }),
  );
});
