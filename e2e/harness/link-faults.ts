/** What the fault proxy can do to a link (the powers of failures.md, `net(A)`). Everything off is `noFaults`. */

/** `up`: from the replica to r0. */
export type Direction = "up" | "down";

export interface MessageFaults {
  readonly drop: number;
  readonly duplicate: number;
  /** Probability that a message is held back, so that later ones pass it. */
  readonly reorder: number;
  /** Probability that the link is cut after this message has been passed on. */
  readonly cutAfter: number;
  /** Probability that the link is cut and this message is lost: for `down`, a reply that r0 gave after its commit. */
  readonly cutBefore: number;
  /** Every message is passed on after a delay drawn from here; order is kept. */
  readonly delayMs: readonly [number, number];
}

/** One whole WebSocket message. */
export interface LinkMessage {
  readonly direction: Direction;
  /** Unmasked, reassembled. */
  readonly payload: Uint8Array;
  /** Of this connection, in this direction, from 0. */
  readonly index: number;
  readonly connection: number;
}

export type MessageVerdict = "pass" | "drop" | "duplicate" | "cut-before" | "cut-after";

/** An answer that the proxy gives itself, instead of r0. */
export interface CannedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** More than the body has: it reads as truncated. */
  readonly contentLength?: number;
}

export interface LinkFaults {
  /** New connections: passed on; reset at once; taken and never answered; answered with bytes of another protocol; answered by `answer`. */
  readonly connect: "pass" | "reset" | "silent" | "garbage" | "answer";
  readonly answer: CannedAnswer | undefined;
  /** Bytes in these directions vanish, without FIN or RST, on live links too. */
  readonly blackhole: readonly Direction[];
  /** Each connection is cut after so many bytes in that direction, in the middle of whatever is on the way. */
  readonly cutAfterBytes: { readonly [key in Direction]?: number };
  readonly up: MessageFaults;
  readonly down: MessageFaults;
  /** Asked first, for each whole message; `undefined` leaves it to the probabilities. */
  readonly decide: ((message: LinkMessage) => MessageVerdict | undefined) | undefined;
}

const noMessageFaults: MessageFaults = { drop: 0, duplicate: 0, reorder: 0, cutAfter: 0, cutBefore: 0, delayMs: [0, 0] };

export const noFaults: LinkFaults = {
  connect: "pass",
  answer: undefined,
  blackhole: [],
  cutAfterBytes: {},
  up: noMessageFaults,
  down: noMessageFaults,
  decide: undefined,
};

export type LinkFaultsChange = Partial<Omit<LinkFaults, "up" | "down">> & {
  readonly up?: Partial<MessageFaults>;
  readonly down?: Partial<MessageFaults>;
};

/** What is not named is off. */
export function linkFaults(change: LinkFaultsChange): LinkFaults {
  return {
    ...noFaults,
    ...change,
    up: { ...noMessageFaults, ...change.up },
    down: { ...noMessageFaults, ...change.down },
  };
}

export const answers = {
  status: (status: number, headers: Readonly<Record<string, string>> = {}): CannedAnswer => ({
    status,
    headers: { "content-type": "text/plain", ...headers },
    body: `${status}`,
  }),
  captivePortal: {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "<!doctype html><title>Welcome to the hotel</title><p>Please accept our terms.",
  },
  truncated: {
    status: 200,
    headers: { "content-type": "application/x-holdfast", "cache-control": "no-store" },
    body: new Uint8Array([0x40, 0x00, 0x12]),
    contentLength: 4096,
  },
} as const satisfies Record<string, CannedAnswer | ((...parameters: never[]) => CannedAnswer)>;
