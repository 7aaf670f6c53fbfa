/**
 * What goes into the next turn of a space. All of it, if all of it fits; else each principal in turn gives its oldest job, so that one that
 * has queued a thousand pushes does not make the others wait for all of them. A principal's own jobs keep their order: a replica's pushes
 * build on each other.
 */
export interface FairLimits {
  readonly jobsMax: number;
  readonly transactionsMax: number;
}

export interface Weighed {
  /** Empty: the backend itself, one among the others. */
  readonly principal: string;
  readonly transactions: number;
}

/** Takes them out of `queue`; at least one, however large it is. */
export function takeFairly<J extends Weighed>(queue: J[], { jobsMax, transactionsMax }: FairLimits): J[] {
  const total = queue.reduce((sum, { transactions }) => sum + transactions, 0);
  if (queue.length <= jobsMax && total <= transactionsMax) return queue.splice(0);
  const lines = new Map<string, J[]>();
  for (const job of queue) {
    const line = lines.get(job.principal);
    if (line === undefined) lines.set(job.principal, [job]);
    else line.push(job);
  }
  const taken = new Set<J>();
  let transactions = 0;
  while (taken.size < jobsMax && lines.size > 0)
    for (const [principal, line] of lines) {
      const [job] = line;
      const fits = job !== undefined && taken.size < jobsMax && (taken.size === 0 || transactions + job.transactions <= transactionsMax);
      if (!fits) {
        lines.delete(principal);
        continue;
      }
      line.shift();
      taken.add(job);
      transactions += job.transactions;
    }
  const rest = queue.filter((job) => !taken.has(job));
  const jobs = queue.filter((job) => taken.has(job));
  queue.splice(0, queue.length, ...rest);
  return jobs;
}
