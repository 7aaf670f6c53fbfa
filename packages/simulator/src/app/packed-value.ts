/** A value in a plan: plans are JSON, which has no `undefined`, no bigint and no bytes. */
export function packValue(value: unknown): unknown {
  if (value === undefined) return { $absent: true };
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (value instanceof Uint8Array) return { $bytes: [...value] };
  if (Array.isArray(value)) return value.map(packValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, packValue(each)]));
}

export function unpackValue(packed: unknown): unknown {
  if (Array.isArray(packed)) return packed.map(unpackValue);
  if (typeof packed !== "object" || packed === null) return packed;
  const { $absent, $bigint, $bytes } = packed as {
    readonly $absent?: true;
    readonly $bigint?: string;
    readonly $bytes?: readonly number[];
  };
  if ($absent === true) return undefined;
  if ($bigint !== undefined) return BigInt($bigint);
  if ($bytes !== undefined) return Uint8Array.from($bytes);
  return Object.fromEntries(Object.entries(packed).map(([name, each]) => [name, unpackValue(each)]));
}
