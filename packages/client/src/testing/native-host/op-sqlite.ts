/** Stands for `@op-engineering/op-sqlite` in the tests of the entry points. */
import { createOpShim } from "../op-sqlite-shim.ts";
import { directory } from "./directory.ts";

export const shim = createOpShim({ directory });
export const open = shim.open;
export const isSQLCipher = shim.isSQLCipher;
