import { afterEach, describe, expect, it } from "vitest";
import { accept, type OperationView } from "@holdfast/server";
import { linkFaults } from "./harness/link-faults.ts";
import { openTestBed, type TestBed, type User } from "./harness/test-bed.ts";
import { until } from "./harness/until.ts";
import { writeTasks } from "./harness/write-tasks.ts";

describe("the right user", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS14][T13] what one user wrote is never sent under another, and goes out when its user is back", async () => {
    const senders = new Map<string, Set<string>>();
    bed = await openTestBed({
      seed: 1,
      authorize: {
        operation: ({ id }: User, { record }: OperationView) => {
          senders.set(id, (senders.get(id) ?? new Set()).add(record));
          return accept();
        },
      },
    });
    let user = "ann";
    const device = await bed.device("phone", { replica: { auth: async () => user } });
    const acknowledged = new Set<string>();
    await writeTasks(device, { seed: 1, part: "first", count: 3, boards: ["board"] }, acknowledged);
    await bed.converge();
    device.proxy.set(linkFaults({ connect: "reset" }));
    device.proxy.cut();
    await writeTasks(device, { seed: 1, part: "ann", count: 5, boards: ["board"] }, acknowledged);
    user = "bob";
    const blocked: string[] = [];
    device.replica.on("blocked", ({ reason }) => blocked.push(reason));
    device.proxy.set(linkFaults({}));
    await until("it is blocked", () => blocked.length > 0);
    const connections = device.proxy.counts.connections;
    // Blocked means quiet: longer than any backoff here, and nothing is tried.
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(device.proxy.counts.connections).toBe(connections);
    expect(device.replica.status().pending).toBeGreaterThan(0);
    expect(senders.get("bob")).toBeUndefined();
    expect(device.replica.deadLetters.list()).toEqual([]);
    user = "ann";
    device.replica.signIn();
    await until("ann's writes are out", () => device.replica.status().pending === 0);
    await bed.converge();
    expect(senders.get("bob")).toBeUndefined();
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });

  it("[SYS15][T13][F40] tokens that expire in the middle of a cycle are replaced, and nothing is lost or refused", async () => {
    let minted = 0;
    const expiries = new Map<string, number>();
    bed = await openTestBed({
      seed: 1,
      authenticate: (token: string): User | null => {
        const expiresAtMs = expiries.get(token) ?? 0;
        return expiresAtMs <= Date.now() ? null : { id: "ann", expiresAtMs };
      },
    });
    const auth = async (): Promise<string> => {
      const token = `token-${++minted}`;
      expiries.set(token, Date.now() + 1_200);
      return token;
    };
    const device = await bed.device("phone", { replica: { auth } });
    const acknowledged = new Set<string>();
    await writeTasks(device, { seed: 1, part: "long", count: 80, boards: ["board"], pauseMsMax: 100 }, acknowledged);
    await bed.converge();
    expect(minted).toBeGreaterThanOrEqual(3);
    // One for each expiry and not one for each write.
    expect(minted).toBeLessThan(12);
    expect(device.replica.deadLetters.list()).toEqual([]);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });
});
