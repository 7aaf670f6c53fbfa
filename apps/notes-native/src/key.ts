/**
 * SQLCipher's key: drawn once, and kept by the system. A background task may run while the phone is locked, so it must be readable from the first
 * unlocking on, and not only while the screen is on, which is the system's default.
 */
import { getRandomValues } from "expo-crypto";
import { AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY, getItemAsync, setItemAsync } from "expo-secure-store";

const name = "notes-key";
const keyBytes = 32;
const access = { keychainAccessible: AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY };

export async function readOrMakeKey(): Promise<string> {
  const kept = await getItemAsync(name, access);
  if (kept !== null) return kept;
  const key = [...getRandomValues(new Uint8Array(keyBytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  await setItemAsync(name, key, access);
  return key;
}
