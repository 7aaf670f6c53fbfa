/** A proxy that takes no large bodies (F16): what is too large is named, once, and everything else goes through. */
import { createServer as createHttpServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTestBed } from "./harness/test-bed.ts";
import { openTestReplica, quickCycle, testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";

interface LimitingProxy {
  readonly url: string;
  readonly refused: () => number;
}

/** Answers 413 as an edge does: with a page of its own. */
async function startLimitingProxy(target: number, bytesMax: number): Promise<LimitingProxy> {
  let refused = 0;
  const proxy = createHttpServer((request, response) => {
    if (Number(request.headers["content-length"] ?? 0) > bytesMax) {
      refused++;
      response.writeHead(413, { "Content-Type": "text/html", Connection: "close" });
      response.end("<h1>Request Entity Too Large</h1>");
      return;
    }
    const onward = sendRequest(
      { port: target, host: "127.0.0.1", path: request.url, method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, refused: () => refused };
}

describe("a batch that is too large", () => {
  it("[SYS8][F16] is halved until what is too large stands alone, which is named and not tried for ever", { timeout: 60_000 }, async () => {
    const bed = await openTestBed({ seed: 16 });
    onTestFinished(() => bed.close());
    const { port } = new URL((await bed.device("other")).proxy.url);
    const proxy = await startLimitingProxy(Number(port), 20_000);
    const sync = {
      ...quickCycle,
      backoffBaseMs: 5,
      backoffCapMs: 40,
      poisonClosuresMax: 4,
      breaker: { ...quickCycle.breaker, cooldownMs: 50 },
    };
    const replica = await openTestReplica(bed.directory.file("phone.db"), proxy.url, { mode: "http", replica: { sync } });
    onTestFinished(() => replica.close());
    await replica.background();
    const fine: string[] = [];
    const write = async (id: string, note: string): Promise<void> => {
      await replica.write(testSpace, (tx) => void tx.boards.create({ title: id, note }, { id }));
    };
    // Together larger than the bound, each well below it.
    for (let n = 0; n < 40; n++) {
      if (n === 20) await write("large", noise(60_000));
      fine.push(`fine-${n}`);
      await write(`fine-${n}`, noise(2_000));
    }
    await replica.foreground();
    await until("everything is answered or named", () => replica.status().pending === 0, 40_000);
    const letters = replica.deadLetters.list();
    expect(letters.map(({ payload }) => (payload.type === "write" ? payload.changes[0]?.record : payload.intent))).toEqual(["large"]);
    const refused = proxy.refused();
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(60);
    const seen = await bed
      .server()
      .space(testSpace)
      .write(async (tx) => (await Promise.all(fine.map((id) => tx.boards.get(id)))).map((row) => row?.id));
    expect(seen).toEqual(fine);
    // And it is over: nothing is said again.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(proxy.refused()).toBe(refused);
  });
});

/** Not to be deflated. */
function noise(length: number): string {
  let state = length;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(33 + ((state >>> 25) % 90));
  }).join("");
}
