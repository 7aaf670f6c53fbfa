/** Nobody waits for Redis for longer than this. What comes later is passed over. */
export function within<T>(delayMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Redis has not answered within ${delayMs} ms.`)), delayMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
