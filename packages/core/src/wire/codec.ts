/** Messages and their bytes: both directions. */
export { decodeClientMessage, encodeClientMessage } from "./client-codec.ts";
export { decodeServerMessage, encodeServerMessage } from "./server-codec.ts";
