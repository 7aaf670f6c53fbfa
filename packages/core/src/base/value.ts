/**
 * The values that fields hold. JSON's, and two that JSON loses: integers beyond 2^53 (bigint, 64 bits) and bytes.
 * Never NaN, an infinity, -0, a lone surrogate or NUL (traps 19, 20).
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | { readonly [key: string]: Value };
