/** Stands for `expo-sqlite` in the tests of the entry points. */
import { createExpoShim } from "../expo-sqlite-shim.ts";
import { directory } from "./directory.ts";

export const shim = createExpoShim({ directory });
export const openDatabaseSync = shim.openDatabaseSync;
