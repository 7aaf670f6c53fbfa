/** What every write of a person carries, so that it can be found wherever its bytes lie: who wrote it, where, and which operation. */
export interface Mark {
  readonly user: string;
  readonly space: string;
  readonly operation: string;
}

export function writeMark({ user, space, operation }: Mark): string {
  return `=${user}.${space}.${operation}=`;
}

export function findMarks(bytes: Uint8Array): readonly Mark[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.includes("=user-")) return [];
  const marks = new Map<string, Mark>();
  for (const [text, user, space, operation] of buffer.toString("latin1").matchAll(/=(user-\d+)\.(space-\d+)\.([\w-]+)=/g))
    marks.set(text, { user: user as string, space: space as string, operation: operation as string });
  return [...marks.values()];
}
