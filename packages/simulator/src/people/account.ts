/** What an app keeps beside its database: who is signed in, and which file is whose. It comes back with a backup, as the files do. */
export interface Account {
  readonly user: string;
  /** Files in use by their owners; the last one's seal lies on all but the signed in user's. */
  readonly files: ReadonlyMap<string, string>;
}

export function openAccount(user: string): Account {
  return { user, files: new Map([[user, "replica.db"]]) };
}

export function fileOf({ user, files }: Account): string {
  return files.get(user) as string;
}

/** `kept`: the file stays, sealed, and `next` has one of their own. Otherwise it is empty now, and `next` may go on with it. */
export function changeUser({ user, files }: Account, next: string, kept: boolean): Account {
  const left = new Map(files);
  const own = files.get(user) as string;
  if (!kept) left.delete(user);
  if (!left.has(next)) left.set(next, kept ? freeFile(left) : own);
  return { user: next, files: left };
}

function freeFile(files: ReadonlyMap<string, string>): string {
  const taken = new Set(files.values());
  for (let number = 2; ; number++) if (!taken.has(`replica-${number}.db`)) return `replica-${number}.db`;
}

/** Files of the users who are away. */
export function sealedFiles({ user, files }: Account): readonly (readonly [owner: string, file: string])[] {
  return [...files].filter(([owner]) => owner !== user);
}
