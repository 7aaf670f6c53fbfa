/** A transaction without a crash: where it begins, how many disk operations it has, and what the file holds after each of its commits. */
import type { SqlitePort } from "@holdfast/core/engine";
import { random, type Seed } from "../random.ts";
import { spaceName } from "./app.ts";
import { type DeviceFacts, readDeviceFacts } from "./judges/agreement.ts";
import { readContent } from "./judges/content.ts";
import { type R0Facts, readR0Facts } from "./judges/r0-facts.ts";
import type { Lane, LaneDisk } from "./lane.ts";
import type { Tamper } from "./machine.ts";
import type { Promises } from "./promises.ts";
import { type Images, Stage } from "./stage.ts";
import type { TransactionType } from "./transactions/transaction-type.ts";

export interface Rehearsal {
  readonly type: TransactionType;
  readonly key: string;
  readonly images: Images;
  readonly promises: Promises;
  readonly operations: number;
  readonly contents: readonly string[];
  /** At the beginning. */
  readonly r0: R0Facts;
  readonly device: DeviceFacts | undefined;
}

const noFacts: R0Facts = { head: 0, marks: new Map(), entries: new Map() };

export async function rehearse(lane: Lane, type: TransactionType, seed: Seed, tamper?: Tamper): Promise<Rehearsal> {
  const key = `${seed}/${type.name}`;
  lane.reset(key);
  const before = new Stage({ lane, seed: `${key}/prepare`, victim: type.victim });
  before.device.checkpoints = random(key, "checkpoints").chance(0.5);
  await before.drive(() => type.prepare(before));
  // Half of the files were closed, and begin without a log; the others were left by a kill.
  if (before.device.machine.alive && random(key, "closes").chance(0.5)) await before.drive(() => before.device.close());
  const images = before.abandon();
  for (const disk of Object.values(images) as LaneDisk[]) disk.settle();
  const stage = openStage(lane, { type, key, images, promises: before.promises }, tamper);
  const contents = (stage.victim.contents = [readContent(stage.victim.disk, fileOf(type))]);
  const outcome = await stage.drive(() => type.act(stage));
  if (outcome === "died") throw new Error(`${type.name} dies without being told to.`);
  const { operations } = stage.victim;
  stage.dispose();
  const r0 = readFrom(images.r0, "r0.db", (port) => readR0Facts(port, spaceName)) ?? noFacts;
  const device = readFrom(images.device, "replica.db", (port) => readDeviceFacts(port, spaceName));
  return { type, key, images, promises: before.promises, operations, contents, r0, device };
}

export function releaseRehearsal({ images }: Rehearsal): void {
  for (const disk of Object.values(images) as LaneDisk[]) disk.release();
}

/** Where the transaction begins: equal each time. */
export function openStage(
  lane: Lane,
  { type, key, images, promises }: Pick<Rehearsal, "type" | "key" | "images" | "promises">,
  tamper?: Tamper,
): Stage {
  lane.reset(key);
  const options = { lane, seed: `${key}/run`, images, promises: promises.copy(), victim: type.victim };
  const stage = new Stage(tamper === undefined ? options : { ...options, tamper });
  stage.device.checkpoints = random(key, "checkpoints").chance(0.5);
  return stage;
}

function fileOf({ victim }: TransactionType): string {
  return victim === "r0" ? "r0.db" : "replica.db";
}

/** Undefined where there are no tables yet. */
function readFrom<T>(disk: LaneDisk, file: string, read: (port: SqlitePort) => T): T | undefined {
  const copy = disk.copy("facts");
  const process = copy.boot();
  try {
    const port = process.open(file);
    port.all("PRAGMA locking_mode=EXCLUSIVE");
    return port.all("SELECT name FROM sqlite_master LIMIT 1").length === 0 ? undefined : read(port);
  } finally {
    process.bury();
    copy.release();
  }
}
