import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "./harness/fault-proxy.ts";
import { answers, type LinkFaults, linkFaults } from "./harness/link-faults.ts";
import { createFrameReader } from "./harness/web-socket-frames.ts";

/** Answers each WebSocket message with `re:` and itself, and each POST with its body. */
async function startEcho(): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => void request.pipe(response));
  server.on("upgrade", (request, socket) => {
    const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.write(`HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`);
    const reader = createFrameReader();
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => {
      for (const message of reader.read(bytes)) {
        if (message.control) continue;
        const payload = Buffer.concat([Buffer.from("re:"), message.payload]);
        socket.write(Buffer.concat([Buffer.from([0x82, payload.length]), payload]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

interface Talk {
  readonly heard: readonly string[];
  readonly closed: boolean;
}

/** Says `words`, and listens until `until` holds or the link closes. */
async function talk(proxy: FaultProxy, words: readonly string[], until: (heard: readonly string[]) => boolean): Promise<Talk> {
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/`);
  socket.binaryType = "arraybuffer";
  const heard: string[] = [];
  const closed = await new Promise<boolean>((resolve) => {
    socket.addEventListener("open", () => {
      for (const word of words) socket.send(word);
    });
    socket.addEventListener("message", (event) => {
      heard.push(Buffer.from(event.data as ArrayBuffer).toString());
      if (until(heard)) resolve(false);
    });
    socket.addEventListener("close", () => resolve(true));
  });
  socket.close();
  return { heard, closed };
}

describe("the fault proxy", () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  async function startBoth(faults: LinkFaults, seed = 1): Promise<FaultProxy> {
    const { server, port } = await startEcho();
    const proxy = await startFaultProxy({ target: port, seed, faults });
    open.push({ close: () => server.close() }, { close: () => server.closeAllConnections() }, proxy);
    return proxy;
  }

  const words = Array.from({ length: 20 }, (_, index) => `word-${index}`);
  const echoes = words.map((word) => `re:${word}`);

  it("[NET1] passes everything on, in order, and counts what went each way", async () => {
    const proxy = await startBoth(linkFaults({}));
    const { heard } = await talk(proxy, words, (all) => all.length === words.length);
    expect(heard).toEqual(echoes);
    const wordBytes = words.join("").length;
    expect(proxy.bytesUp).toBeGreaterThan(wordBytes + words.length * 6);
    expect(proxy.bytesDown).toBeGreaterThan(wordBytes + words.length * 5);
    const reply = await fetch(`${proxy.url}/v1`, { method: "POST", body: "body" });
    expect(await reply.text()).toBe("body");
  });

  it("[NET2] drops, doubles, reorders and loses whole messages, as decided", async () => {
    const proxy = await startBoth(
      linkFaults({
        decide: ({ direction, index }) => (direction === "up" ? (index === 1 ? "drop" : index === 2 ? "duplicate" : "pass") : undefined),
      }),
    );
    const { heard } = await talk(proxy, words.slice(0, 4), (all) => all.length === 4);
    expect([...heard].sort()).toEqual(["re:word-0", "re:word-2", "re:word-2", "re:word-3"]);
    proxy.set(linkFaults({ decide: ({ direction, index }) => (direction === "down" && index === 1 ? "cut-before" : "pass") }));
    const lost = await talk(proxy, words, () => false);
    expect(lost).toEqual({ heard: ["re:word-0"], closed: true });
    proxy.set(linkFaults({ up: { reorder: 0.5 } }));
    const moved = await talk(proxy, words, (all) => all.length === words.length);
    expect(moved.heard).not.toEqual(echoes);
    expect([...moved.heard].sort()).toEqual([...echoes].sort());
    proxy.set(linkFaults({ down: { delayMs: [1, 30] } }));
    const late = await talk(proxy, words, (all) => all.length === words.length);
    expect(late.heard).toEqual(echoes);
  });

  it("[NET3] draws the same faults for the same seed, and others for another", async () => {
    const faults = linkFaults({ up: { drop: 0.5 } });
    const run = async (seed: number): Promise<readonly string[]> => {
      const proxy = await startBoth(faults, seed);
      // The last word is let through by hand, so that there is an end to wait for.
      proxy.set({ ...faults, decide: ({ direction, index }) => (direction === "up" && index === 20 ? "pass" : undefined) });
      return (await talk(proxy, [...words, "end"], (all) => all.at(-1) === "re:end")).heard;
    };
    const first = await run(7);
    expect(first.length).toBeLessThan(words.length);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });

  it("[NET4] cuts after n bytes, resets, swallows one way, and answers by itself", async () => {
    const proxy = await startBoth(linkFaults({ cutAfterBytes: { down: 200 } }));
    const cut = await talk(proxy, words, () => false);
    expect(cut.closed).toBe(true);
    expect(cut.heard.length).toBeLessThan(words.length);
    expect(cut.heard).toEqual(echoes.slice(0, cut.heard.length));
    for (const connect of ["reset", "garbage"] as const) {
      proxy.set(linkFaults({ connect }));
      expect(await talk(proxy, words, () => false)).toEqual({ heard: [], closed: true });
      await expect(fetch(proxy.url, { method: "POST", body: "x" })).rejects.toThrow();
    }
    proxy.set(linkFaults({ connect: "answer", answer: answers.status(429, { "retry-after": "2" }) }));
    const busy = await fetch(proxy.url, { method: "POST", body: "x" });
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "2"]);
    proxy.set(linkFaults({ connect: "answer", answer: answers.truncated }));
    await expect(fetch(proxy.url, { method: "POST", body: "x" }).then((reply) => reply.arrayBuffer())).rejects.toThrow();
    proxy.set(linkFaults({ blackhole: ["down"] }));
    const silent = talk(proxy, words, () => false);
    while (proxy.counts.swallowed === 0) await new Promise((resolve) => setImmediate(resolve));
    proxy.cut();
    expect(await silent).toEqual({ heard: [], closed: true });
  });
});
