/** The five acts of the worked example. Each says what it does before it does it, and what came of it. */
import { DeviceGone } from "./device-process.ts";
import type { ImportedNote } from "./import-notes.ts";
import type { Shown } from "./ledger.ts";
import { keyedRandom } from "./random.ts";
import { type DeviceName, deviceNames } from "./schema.ts";
import { bar, type Stage } from "./stage.ts";
import { type Agreement, awaitAgreement, type DemoDevice, onAll, type World } from "./world.ts";

/** What the acts count, for the table. */
export interface Tally {
  readonly killed: string[];
  readonly recovered: string[];
  convergenceMs: number;
  /** Acknowledged while offline, and the operations in them. */
  offlineWrites: number;
  offlineOperations: number;
  bytesUp: number;
  bytesDown: number;
}

const sizes = {
  offlineWrites: 120,
  hotNotes: 5,
  writesBeforeKillMin: 40,
  writesBeforeKillMax: 110,
  writesAfterKill: 30,
  convergenceMsMax: 20_000,
} as const;

/** From the cut to the return nobody sees what others write: acts 2 to 4 are one act to the oracle. */
const offlineAct = 2;
const requests = 2;

/** Notes of the demo's own: one that is deleted here and edited there, one that is deleted only. */
const contested: ImportedNote = {
  id: "packing-list",
  title: "Packing list",
  body: "Passport, charger, toothbrush.\n",
  tags: ["travel"],
  checklist: [{ label: "Passport", done: false }],
};
const doomed: ImportedNote = { id: "old-draft", title: "Old draft", body: "Not worth keeping.\n", tags: [], checklist: [] };

export async function importAct(world: World, stage: Stage): Promise<Agreement> {
  const { oracle, devices } = world;
  const notes = [...world.notes, contested, doomed];
  stage.act(1, "Import", `the phone takes in ${world.notes.length} Markdown files as notes, and two of its own`);
  const import_ = devices.phone.process.ask({ type: "import", notes, firstNumber: oracle.nextNumber("phone") });
  await stage.live(() => [writeLine(world, "phone", notes.length)], import_);
  const agreement = await awaitAgreement(world, sizes.convergenceMsMax);
  if (agreement.inStep) stage.done(`phone, tablet, watch and server are in step: ${agreement.digests.server.slice(0, 12)}`);
  const shown = await showAll(world);
  oracle.inStep(shown.get("phone") as Shown);
  return agreement;
}

export async function airplaneAct(world: World, stage: Stage): Promise<void> {
  const { oracle } = world;
  const hot = hotNotes(world);
  stage.act(2, "Airplane mode", `all three links are cut; everybody edits the same ${hot.length} notes`);
  await onAll(world, async ({ relay, process }) => {
    relay.cut();
    // What the host of a real app tells it: do not try.
    await process.ask({ type: "offline" });
  });
  const before = countAll(world);
  const work = onAll(world, (device) =>
    device.process.ask({
      type: "edit",
      act: offlineAct,
      firstNumber: oracle.nextNumber(device.name),
      count: sizes.offlineWrites,
      hot,
      lanes: 3,
      pauseMsMax: 12,
    }),
  );
  await stage.live(() => deviceNames.map((name) => writeLine(world, name, sizes.offlineWrites, before[name])), work);
  const { phone, tablet, watch } = world.devices;
  await tablet.process.ask({ type: "delete", act: offlineAct, firstNumber: oracle.nextNumber("tablet"), record: contested.id });
  await phone.process.ask({
    type: "retitle",
    act: offlineAct,
    firstNumber: oracle.nextNumber("phone"),
    record: contested.id,
    title: "Packing list for Lisbon",
  });
  await watch.process.ask({ type: "delete", act: offlineAct, firstNumber: oracle.nextNumber("watch"), record: doomed.id });
  stage.done(`the tablet deleted "${contested.title}" while the phone renamed it; the watch deleted "${doomed.title}"`);
}

export async function killWhileWritingAct(world: World, stage: Stage, tally: Tally): Promise<void> {
  const { oracle, devices } = world;
  const { phone } = devices;
  const random = keyedRandom(world.seed, "kill while writing");
  const killAfter = random.between(sizes.writesBeforeKillMin, sizes.writesBeforeKillMax);
  const hot = hotNotes(world);
  stage.act(3, "SIGKILL while writing", "the phone dies with writes in flight, and starts again from its file");
  const before = oracle.count("phone");
  const since = (): number => oracle.count("phone") - before;
  const edits = phone.process.ask({
    type: "edit",
    act: offlineAct,
    firstNumber: oracle.nextNumber("phone"),
    count: 1_000,
    hot,
    lanes: 6,
    pauseMsMax: 0,
  });
  const dead = new Promise<void>((resolve, reject) => {
    phone.onBegun = () => {
      if (since() < killAfter) return;
      phone.onBegun = () => undefined;
      phone.process.kill().then(resolve, reject);
    };
  });
  const killed = edits.then(
    () => Promise.reject(new Error("The phone had written everything before it could be killed.")),
    (error: unknown) => (error instanceof DeviceGone ? dead : Promise.reject(error)),
  );
  await stage.live(() => [`${"phone".padEnd(8)}${bar(since(), killAfter)}  ${since()} more writes acknowledged`], killed);
  const acknowledged = oracle.count("phone");
  const inFlight = oracle.nextNumber("phone") - 1 - acknowledged;
  stage.blow(`SIGKILL to process ${phone.process.pid} after ${acknowledged} acknowledged writes, ${inFlight} more were in flight`);
  tally.killed.push("phone while writing");
  await world.restart(phone, { offline: true });
  stage.done(
    `the phone is back (process ${phone.process.pid}) with ${phone.process.pending} operations that the server has not seen, and writes on`,
  );
  tally.recovered.push(`phone with ${phone.process.pending} unsent`);
  await phone.process.ask({
    type: "edit",
    act: offlineAct,
    firstNumber: oracle.nextNumber("phone"),
    count: sizes.writesAfterKill,
    hot,
    lanes: 3,
    pauseMsMax: 4,
  });
}

export async function planAct(world: World, stage: Stage): Promise<void> {
  const { phone, watch } = world.devices;
  stage.act(4, "One purchase, two devices", "still offline, phone and watch each buy a plan; the credits are enough for one");
  await Promise.all([phone.process.ask({ type: "buy", plan: "pro" }), watch.process.ask({ type: "buy", plan: "plus" })]);
  const shown = await onAll(world, (device) => device.process.ask({ type: "plan" }));
  stage.done(
    `provisionally the phone shows ${shown.phone}, the watch ${shown.watch}, the tablet still ${shown.tablet}; both requests are on disk`,
  );
}

export async function returnAct(world: World, stage: Stage, tally: Tally): Promise<Agreement> {
  const { devices, server } = world;
  const { tablet } = devices;
  tally.offlineWrites = world.oracle.count() - importedCount(world);
  tally.offlineOperations = world.oracle.countOperations(offlineAct) + requests;
  stage.act(5, "Back online", "all links return at once; the tablet dies when the server has its push and has not answered");
  const bytesBefore = countBytes(world);
  const startMs = performance.now();
  let restarted: Promise<void> | undefined;
  const killed = new Promise<void>((resolve, reject) => {
    server.onPush("tablet", async () => {
      await tablet.process.kill();
      const { pid } = tablet.process;
      restarted = world.restart(tablet, { offline: false });
      restarted.then(() => {
        stage.blow(
          `SIGKILL to process ${pid} in the middle of its sync cycle; back as process ${tablet.process.pid} with ${tablet.process.pending} unanswered operations`,
        );
        resolve();
      }, reject);
    });
  });
  await onAll(world, async (device) => {
    device.relay.restore();
    await device.process.ask({ type: "online" }).catch((error: unknown) => {
      if (!(error instanceof DeviceGone)) throw error;
    });
  });
  await Promise.race([killed, timeout(10_000, "The tablet did not push within 10 s.")]);
  tally.killed.push("tablet in a sync cycle");
  tally.recovered.push(`tablet with ${tablet.process.pending} unanswered`);
  let states: Agreement["states"] | undefined;
  const most: Partial<Record<DeviceName, number>> = {};
  const line = (name: DeviceName): string => {
    const pending = states?.[name].pending ?? 0;
    most[name] = Math.max(most[name] ?? 0, pending);
    return `${name.padEnd(8)}${bar(most[name] - pending, most[name])}  ${pending} operations to go`;
  };
  const agreement = await stage.live(
    () => deviceNames.map(line),
    awaitAgreement(world, sizes.convergenceMsMax, (now) => {
      states = now;
    }),
  );
  tally.convergenceMs = performance.now() - startMs;
  const bytesAfter = countBytes(world);
  tally.bytesUp = bytesAfter.up - bytesBefore.up;
  tally.bytesDown = bytesAfter.down - bytesBefore.down;
  if (agreement.inStep) stage.done(`everybody is in step after ${(tally.convergenceMs / 1000).toFixed(1)} s, the tablet's death included`);
  return agreement;
}

export async function showAll(world: World): Promise<ReadonlyMap<DeviceName, Shown>> {
  return new Map(Object.entries(await onAll(world, (device) => device.process.ask({ type: "show" })))) as ReadonlyMap<DeviceName, Shown>;
}

/** Those with the most to edit: long texts and checklists. */
function hotNotes({ notes, seed }: World): readonly string[] {
  const random = keyedRandom(seed, "hot notes");
  const rich = notes.filter(({ body, checklist }) => body.length > 200 && checklist.length > 0);
  const pool = [...(rich.length >= sizes.hotNotes ? rich : notes)].map(({ id }) => ({ id, place: random.next() }));
  return pool
    .sort((a, b) => a.place - b.place)
    .slice(0, sizes.hotNotes)
    .map(({ id }) => id);
}

function writeLine({ oracle }: World, name: DeviceName, of: number, before = 0): string {
  const done = oracle.count(name) - before;
  return `${name.padEnd(8)}${bar(done, of)}  ${done} of ${of} writes acknowledged`;
}

function countAll({ oracle }: World): Readonly<Record<DeviceName, number>> {
  return { phone: oracle.count("phone"), tablet: oracle.count("tablet"), watch: oracle.count("watch") };
}

function importedCount({ notes }: World): number {
  return notes.length + 2;
}

function countBytes({ devices }: World): { readonly up: number; readonly down: number } {
  const relays = Object.values(devices).map(({ relay }: DemoDevice) => relay);
  return { up: relays.reduce((sum, { bytesUp }) => sum + bytesUp, 0), down: relays.reduce((sum, { bytesDown }) => sum + bytesDown, 0) };
}

function timeout(milliseconds: number, message: string): Promise<never> {
  return new Promise((_resolve, reject) => void setTimeout(() => reject(new Error(message)), milliseconds).unref());
}
