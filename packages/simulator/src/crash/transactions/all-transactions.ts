/** Every transaction type of the engine, on a device and at r0. */
import { answers } from "./answers.ts";
import { openings } from "./openings.ts";
import { pages } from "./pages.ts";
import { server } from "./server.ts";
import type { TransactionType } from "./transaction-type.ts";
import { writes } from "./writes.ts";

export const allTransactions: readonly TransactionType[] = [...writes, ...answers, ...pages, ...openings, ...server];
