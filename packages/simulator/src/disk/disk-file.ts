/** A file as the running machine sees it, as the platter holds it, and what lies between the two. */
import { ByteImage } from "./byte-image.ts";

/** `order` is over all files of a disk. */
export type Unsynced =
  | { readonly type: "write"; readonly offset: number; readonly bytes: Uint8Array; readonly order: number }
  | { readonly type: "resize"; readonly size: number; readonly order: number };

export interface DiskFile {
  /** Page cache over disk. */
  readonly cached: ByteImage;
  /** What is there after a loss of power, but for luck. */
  readonly durable: ByteImage;
  unsynced: Unsynced[];
  /** Created and not synced yet: its first sync syncs the directory too, as SQLite's Unix VFS does for journals. */
  syncsDirectory: boolean;
}

export function createFile(): DiskFile {
  return { cached: new ByteImage(), durable: new ByteImage(), unsynced: [], syncsDirectory: false };
}

export function copyFile(file: DiskFile): DiskFile {
  const { cached, durable, unsynced, syncsDirectory } = file;
  return { cached: cached.copy(), durable: durable.copy(), unsynced: [...unsynced], syncsDirectory };
}

export function applyUnsynced(image: ByteImage, change: Unsynced): void {
  if (change.type === "write") image.write(change.bytes, change.offset);
  else image.resize(change.size);
}
