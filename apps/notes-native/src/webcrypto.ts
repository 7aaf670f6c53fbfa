/** Stands for `lib0/webcrypto`, of which Yjs draws its clients' ids: expo-crypto's own randomness. See metro.config.cjs. */
export { getRandomValues } from "expo-crypto";

/** lib0 reads it when it is loaded; nothing of Yjs calls it. */
export const subtle = {};
