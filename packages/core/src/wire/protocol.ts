/** Versions and capabilities of the wire, and what two ends make of each other's (F56). */

/** Raised by a change that an older end would misread. What it may ignore is a new field; what it may lack is a capability. */
export const protocolVersion = 1;
/** SHA-256 of `wire.proto` in this version: whoever changes the contract decides here whether the version must rise. */
export const wireSchemaHash = "7753b1cbd9e5426bde413833dbb684321fe9469601ec488ebc0eefdd073856ba";
/** The oldest that this version still speaks. */
export const protocolVersionMin = 1;

/** `deflate`: reads messages of raw deflate. */
export const capabilities: readonly string[] = ["deflate"];

/** The first byte of a WebSocket message: how the rest of it is packed. */
export const packing = { plain: 0, deflate: 1 } as const;

export const httpPath = "/v1/sync";
export const contentType = "application/x-holdfast";

export interface ProtocolOffer {
  readonly protocol: number;
  readonly protocolMin: number;
  readonly capabilities: readonly string[];
}

export type Negotiated =
  | { readonly ok: true; readonly protocol: number; readonly capabilities: readonly string[] }
  /** Who has to be updated, and to which version at least. */
  | { readonly ok: false; readonly code: "client-too-old" | "server-too-old"; readonly protocolMin: number };

export const ownOffer: ProtocolOffer = { protocol: protocolVersion, protocolMin: protocolVersionMin, capabilities };

/** At the server: the newest version that both speak, or the direction of the mismatch. An offer that contradicts itself counts as too old. */
export function negotiate(hello: ProtocolOffer, own: ProtocolOffer = ownOffer): Negotiated {
  if (hello.protocol < own.protocolMin) return { ok: false, code: "client-too-old", protocolMin: own.protocolMin };
  if (hello.protocolMin > own.protocol) return { ok: false, code: "server-too-old", protocolMin: hello.protocolMin };
  const protocol = Math.min(hello.protocol, own.protocol);
  return { ok: true, protocol, capabilities: own.capabilities.filter((each) => hello.capabilities.includes(each)) };
}
