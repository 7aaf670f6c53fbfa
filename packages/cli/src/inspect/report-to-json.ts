import type { FileReport } from "@holdfast/client/node";

/** JSON has neither bytes nor 64-bit integers: bytes become `{ "$bytes": hex }`, integers beyond 2^53 `{ "$integer": digits }`. */
export function reportToJson(report: FileReport): string {
  return JSON.stringify(
    report,
    (_key, value: unknown) => {
      if (typeof value === "bigint") return { $integer: value.toString() };
      if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("hex") };
      return value;
    },
    2,
  );
}
