/** An app's callback, waited for so long and no longer: a space's turn must end (F01: a straggler delays only its own space, and not for ever). */
import { HoldfastError, type Runtime } from "@holdfast/core/engine";

export function withDeadline<T>(runtime: Runtime, what: string, delayMs: number, value: T | Promise<T>): T | Promise<T> {
  if (!isPromise(value)) return value;
  return new Promise((resolve, reject) => {
    const cancel = runtime.setTimer(delayMs, () => {
      reject(
        new HoldfastError("timeout", `${what} took longer than ${delayMs} ms.`, {
          origin: "server",
          retry: true,
          advice: "Make it faster, or raise its limit.",
        }),
      );
    });
    value.then(
      (result) => {
        cancel();
        resolve(result);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
