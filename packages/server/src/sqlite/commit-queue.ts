/**
 * Group commit: what several spaces' turns want written shares one transaction, hence one fsync.
 * A commit is started from `defer` (setImmediate): after the event loop has read every socket, so that what arrived while the
 * last commit blocked the loop is decided first and goes into the next one.
 */
export interface CommitQueue<Batch> {
  /** Resolves when the batch is durable. */
  add(batch: Batch): Promise<void>;
  /** Commits what is waiting, now. */
  flush(): void;
}

interface Waiting<Batch> {
  readonly batch: Batch;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createCommitQueue<Batch>(
  commit: (batches: readonly Batch[]) => void,
  defer: (run: () => void) => void,
): CommitQueue<Batch> {
  let waiting: Waiting<Batch>[] = [];
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    const group = waiting;
    waiting = [];
    if (group.length > 0) commitGroup(group, commit);
  };
  return {
    add(batch) {
      return new Promise((resolve, reject) => {
        waiting.push({ batch, resolve, reject });
        if (scheduled) return;
        scheduled = true;
        defer(flush);
      });
    },
    flush,
  };
}

/** If a group fails, each member is tried by itself: one that cannot be written must not take the others with it (trap 9). */
function commitGroup<Batch>(group: readonly Waiting<Batch>[], commit: (batches: readonly Batch[]) => void): void {
  try {
    commit(group.map((member) => member.batch));
  } catch (error) {
    const [only] = group;
    if (group.length === 1 && only !== undefined) only.reject(error);
    else for (const member of group) commitGroup([member], commit);
    return;
  }
  for (const member of group) member.resolve();
}
