/**
 * What is used of a browser, by shape: the package compiles without the DOM's types, and a test can bring its own. Everything that
 * some browser or private window lacks is optional.
 */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- so that the DOM's `Worker`, whose events differ by type, is one.
  addEventListener(type: "message" | "messageerror" | "error", listener: (event: any) => void): void;
}

export interface ChannelLike {
  postMessage(message: unknown): void;
  close(): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

export interface LocksLike {
  request<T>(
    name: string,
    options: { readonly mode?: "exclusive" | "shared"; readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    body: (lock: unknown) => Promise<T> | T,
  ): Promise<T>;
}

export interface SyncAccessHandle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(from: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

interface FileHandleLike {
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
}

export interface DirectoryLike {
  getDirectoryHandle(name: string, options: { readonly create: boolean }): Promise<DirectoryLike>;
  getFileHandle(name: string, options: { readonly create: boolean }): Promise<FileHandleLike>;
}

export interface StorageLike {
  getDirectory?(): Promise<DirectoryLike>;
  persist?(): Promise<boolean>;
  persisted?(): Promise<boolean>;
}

interface EventsLike {
  addEventListener?(type: string, listener: (event: never) => void): void;
  removeEventListener?(type: string, listener: (event: never) => void): void;
}

interface Host extends EventsLike {
  readonly navigator?: { readonly locks?: LocksLike; readonly storage?: StorageLike; readonly onLine?: boolean };
  readonly document?: EventsLike & { readonly visibilityState?: string };
  readonly BroadcastChannel?: new (name: string) => ChannelLike;
}

const host = globalThis as unknown as Host;

/** Some private windows throw at the mere look. */
function orAbsent<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

export const locksOf = (): LocksLike | undefined => orAbsent(() => host.navigator?.locks);
export const storageOf = (): StorageLike | undefined => orAbsent(() => host.navigator?.storage);
export const isVisible = (): boolean => host.document?.visibilityState !== "hidden";

export function openChannel(name: string): ChannelLike | undefined {
  return orAbsent(() => (host.BroadcastChannel === undefined ? undefined : new host.BroadcastChannel(name)));
}

/** Of the window, or of its document. Gives back a function that ends it. */
export function listen(
  where: "window" | "document",
  type: string,
  listener: (event: { readonly persisted?: boolean }) => void,
): () => void {
  const target = where === "window" ? host : host.document;
  target?.addEventListener?.(type, listener);
  return () => target?.removeEventListener?.(type, listener);
}
