/** The protocol's version and what a side can do. */
export const protocolVersion = 1;
export const protocolVersionMin = 1;
export const capabilities: readonly string[] = ["deflate"];
