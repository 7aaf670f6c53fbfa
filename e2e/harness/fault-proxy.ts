/**
 * A TCP proxy on the loopback between replicas and r0, WebSocket and HTTP alike, that can do to a link what the world does: see `link-faults.ts`.
 * What happens to the n-th message of the n-th connection is a function of the seed and the link's name; when it happens is the machine's business.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { keyedRandom } from "./keyed-random.ts";
import { type CannedAnswer, type LinkFaults, noFaults } from "./link-faults.ts";
import { createLane, type FaultCounts, type Lane } from "./proxy-lane.ts";

export interface FaultProxyOptions {
  /** r0's port on 127.0.0.1. */
  readonly target: number;
  readonly seed: number;
  readonly faults?: LinkFaults;
  /** Keys this link's randomness apart from that of others with the same seed. */
  readonly link?: string;
}

export interface FaultProxy {
  readonly port: number;
  /** What a replica takes as `server`. */
  readonly url: string;
  /** TCP payload since the start (or `resetBytes`): what replicas sent and what r0 sent, whether it arrived or not. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly counts: Readonly<FaultCounts>;
  resetBytes(): void;
  /** From now on, on live connections too. */
  set(faults: LinkFaults): void;
  /** Resets every live connection. */
  cut(): void;
  /** Live connections to r0 or to an answer of the proxy's own. */
  live(): number;
  retarget(port: number): void;
  close(): Promise<void>;
}

interface ProxyState {
  readonly options: FaultProxyOptions;
  target: number;
  faults: LinkFaults;
  bytesUp: number;
  bytesDown: number;
  readonly counts: FaultCounts;
  readonly cuts: Set<() => void>;
  closing: boolean;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const counts = { connections: 0, messages: 0, dropped: 0, duplicated: 0, reordered: 0, delayed: 0, cuts: 0, swallowed: 0 };
  const state: ProxyState = {
    options,
    target: options.target,
    faults: options.faults ?? noFaults,
    bytesUp: 0,
    bytesDown: 0,
    counts,
    cuts: new Set(),
    closing: false,
  };
  const server = createServer({ allowHalfOpen: true }, (client) => accept(state, client));
  const port = await listen(server);
  const cut = (): void => {
    for (const one of [...state.cuts]) one();
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get bytesUp() {
      return state.bytesUp;
    },
    get bytesDown() {
      return state.bytesDown;
    },
    counts: state.counts,
    resetBytes() {
      state.bytesUp = 0;
      state.bytesDown = 0;
    },
    set(faults) {
      state.faults = faults;
    },
    cut,
    live: () => state.cuts.size,
    retarget(next) {
      state.target = next;
    },
    close: () =>
      new Promise((resolve) => {
        state.closing = true;
        server.close(() => resolve());
        cut();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function accept(state: ProxyState, client: Socket): void {
  if (state.closing) {
    client.destroy();
    return;
  }
  state.counts.connections++;
  client.setNoDelay(true);
  client.on("error", () => client.destroy());
  switch (state.faults.connect) {
    case "pass":
      relay(state, client);
      return;
    case "reset":
      state.counts.cuts++;
      client.resetAndDestroy();
      return;
    case "silent":
      hold(state, client, () => undefined);
      return;
    case "garbage":
      // How a TLS server greets somebody who speaks plain HTTP: an alert record, and the end.
      hold(state, client, () => client.end(new Uint8Array([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46])));
      return;
    case "answer": {
      const { answer } = state.faults;
      hold(state, client, () => answer !== undefined && writeAnswer(client, answer));
      return;
    }
  }
}

/** Reads what the client says, and answers once its request's head is complete. */
function hold(state: ProxyState, client: Socket, answer: () => void): void {
  let head = "";
  let answered = false;
  const cut = (): void => {
    client.resetAndDestroy();
  };
  state.cuts.add(cut);
  client.on("close", () => state.cuts.delete(cut));
  client.on("end", () => client.end());
  client.on("data", (bytes) => {
    state.bytesUp += bytes.length;
    head += bytes.toString("latin1");
    if (answered || !head.includes("\r\n\r\n")) return;
    answered = true;
    answer();
  });
}

function writeAnswer(client: Socket, answer: CannedAnswer): void {
  const body = Buffer.from(answer.body);
  const headers = { ...answer.headers, "content-length": String(answer.contentLength ?? body.length), connection: "close" };
  const head = [`HTTP/1.1 ${answer.status} Said by the proxy`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  client.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]));
}

function relay(state: ProxyState, client: Socket): void {
  const connection = state.counts.connections;
  const server = connect({ port: state.target, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  let lanes: readonly Lane[] = [];
  let closed = 0;
  const end = (): void => {
    for (const lane of lanes) lane.stop();
    if (++closed === 2) state.cuts.delete(cut);
  };
  const cut = (): void => {
    if (!state.cuts.has(cut)) return;
    state.counts.cuts++;
    state.cuts.delete(cut);
    client.resetAndDestroy();
    server.resetAndDestroy();
  };
  state.cuts.add(cut);
  const shared = { connection, faults: () => state.faults, counts: state.counts, cut };
  const random = (direction: string) => keyedRandom(state.options.seed, state.options.link ?? "", direction, connection);
  const up = createLane({ ...shared, direction: "up", from: client, to: server, random: random("up") });
  const down = createLane({ ...shared, direction: "down", from: server, to: client, random: random("down") });
  lanes = [up, down];
  const handshake = createHandshake();
  client.on("data", (bytes) => {
    state.bytesUp += bytes.length;
    for (const part of handshake.up(bytes)) {
      if (part.messages) up.toMessages();
      up.take(part.bytes);
    }
  });
  server.on("data", (bytes) => {
    state.bytesDown += bytes.length;
    for (const part of handshake.down(bytes)) {
      if (part.messages) down.toMessages();
      down.take(part.bytes);
    }
  });
  // The end of one side is news for the other, unless the link swallows it.
  client.on("end", () => !state.faults.blackhole.includes("up") && server.end());
  server.on("end", () => !state.faults.blackhole.includes("down") && client.end());
  server.on("error", () => client.destroy());
  client.on("close", () => {
    end();
    if (!state.faults.blackhole.includes("up")) server.destroy();
  });
  server.on("close", () => {
    end();
    if (!state.faults.blackhole.includes("down")) client.destroy();
  });
}

interface Part {
  readonly bytes: Uint8Array;
  /** From here on, frames. */
  readonly messages: boolean;
}

/** Finds the two ends of heads that turn HTTP into a WebSocket; anything else stays bytes. */
function createHandshake(): { up(bytes: Buffer): readonly Part[]; down(bytes: Buffer): readonly Part[] } {
  let asked: "unknown" | "web-socket" | "bytes" = "unknown";
  const side = (isUpgrade: (head: string) => boolean, settle: (upgrade: boolean) => void) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    return (bytes: Buffer): readonly Part[] => {
      if (head === undefined) return [{ bytes, messages: false }];
      const before = head.length;
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return [{ bytes, messages: false }];
      const upgrade = isUpgrade(head.toString("latin1", 0, end));
      settle(upgrade);
      head = undefined;
      if (!upgrade) return [{ bytes, messages: false }];
      const first = end + 4 - before;
      const rest = bytes.subarray(first);
      return [
        { bytes: bytes.subarray(0, first), messages: false },
        { bytes: rest, messages: true },
      ];
    };
  };
  return {
    up: side(
      (head) => /^upgrade:\s*websocket\s*$/im.test(head),
      (upgrade) => {
        asked = upgrade ? "web-socket" : "bytes";
      },
    ),
    down: side(
      (head) => asked === "web-socket" && /^HTTP\/1\.1 101/.test(head),
      () => undefined,
    ),
  };
}
