/** Power fails: of what was written and not synced, each sector is kept, forgotten, torn or garbled, as drawn. */
import type { Random } from "../random.ts";
import type { ByteImage } from "./byte-image.ts";
import { applyUnsynced, type DiskFile, type Unsynced } from "./disk-file.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

export const sectorBytes = 512;

export interface PowerLossCounts {
  kept: number;
  forgotten: number;
  torn: number;
  garbled: number;
  names: number;
}

export function losePower(disk: SimulatedDisk, random: Random): PowerLossCounts {
  const counts: PowerLossCounts = { kept: 0, forgotten: 0, torn: 0, garbled: 0, names: 0 };
  const files = disk.files();
  const isOrdered = random.chance(0.25);
  if (isOrdered) keepPrefix(files, random, counts);
  else {
    const keepRate = random.pick([0, 0.1, 0.5, 0.9, 1]);
    const tears = random.chance(0.6);
    for (const file of files) keepSome(file, keepRate, tears, random, counts);
  }
  const namesKept = random.between(0, disk.unsyncedNames.length);
  counts.names += disk.unsyncedNames.length - namesKept;
  disk.settleNames(namesKept);
  for (const file of files) {
    const bytes = new Uint8Array(file.durable.size);
    file.durable.read(bytes, 0);
    file.cached.resize(0);
    file.cached.write(bytes, 0);
    file.syncsDirectory = false;
  }
  return counts;
}

/** A device that keeps its order: some prefix of everything, the last write torn. */
function keepPrefix(files: readonly DiskFile[], random: Random, counts: PowerLossCounts): void {
  const all = files.flatMap((file) => file.unsynced.map((change) => ({ file, change })));
  all.sort((one, other) => one.change.order - other.change.order);
  const cut = random.between(0, all.length);
  for (const [index, { file, change }] of all.entries()) {
    if (index < cut) keep(file.durable, change, counts);
    else if (index === cut && change.type === "write") tear(file.durable, change.bytes, change.offset, random, counts);
    else counts.forgotten++;
  }
  for (const file of files) file.unsynced = [];
}

/** A device that reorders: every sector by itself. */
function keepSome(file: DiskFile, keepRate: number, tears: boolean, random: Random, counts: PowerLossCounts): void {
  for (const change of file.unsynced) {
    if (change.type === "resize") {
      if (random.chance(keepRate)) keep(file.durable, change, counts);
      else counts.forgotten++;
      continue;
    }
    const { offset, bytes } = change;
    for (let from = 0; from < bytes.length; ) {
      const at = offset + from;
      const sector = bytes.subarray(from, from + Math.min(sectorBytes - (at % sectorBytes), bytes.length - from));
      if (random.chance(keepRate)) {
        file.durable.write(sector, at);
        counts.kept++;
      } else loseSector(file.durable, sector, at, tears, random, counts);
      from += sector.length;
    }
  }
  file.unsynced = [];
}

function loseSector(image: ByteImage, sector: Uint8Array, at: number, tears: boolean, random: Random, counts: PowerLossCounts): void {
  if (!tears || random.chance(0.6)) {
    counts.forgotten++;
    // The size was kept, and the data were not.
    if (random.chance(0.25) && at + sector.length > image.size) image.resize(at + sector.length);
  } else if (random.chance(0.5)) tear(image, sector, at, random, counts);
  else {
    image.write(random.bytes(sector.length), at);
    counts.garbled++;
  }
}

function keep(image: ByteImage, change: Unsynced, counts: PowerLossCounts): void {
  applyUnsynced(image, change);
  counts.kept++;
}

function tear(image: ByteImage, bytes: Uint8Array, at: number, random: Random, counts: PowerLossCounts): void {
  const count = random.between(0, bytes.length - 1);
  if (count > 0) image.write(bytes.subarray(0, count), at);
  counts.torn++;
}
