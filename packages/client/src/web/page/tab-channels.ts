/** A tab's channels to owners in other tabs, and the lock that tells them that it is awake. Where a browser has no channels it is alone. */
import { type ChannelLike, locksOf, openChannel } from "../platform.ts";
import { rollCallChannel, tabChannel, tabLock } from "../protocol/names.ts";
import { readRollCall } from "../protocol/read-messages.ts";

export interface ChannelParts {
  readonly store: string;
  readonly tab: string;
  /** To all tabs. */
  readonly announced: (term: string) => void;
  /** To us: it listens on our channel. */
  readonly owner: (term: string) => void;
  readonly envelope: (data: unknown) => void;
}

/** What an awake tab has. Each waking is another one to the owner: it may learn late that the last has ended. */
interface Awake {
  readonly name: string;
  readonly rollCall: ChannelLike | undefined;
  readonly channel: ChannelLike | undefined;
  readonly sleep: () => void;
  /** It holds its lock: before, an owner that asks for the lock would take it for gone. */
  isReady: boolean;
}

export class TabChannels {
  readonly #parts: ChannelParts;
  #awake: Awake | undefined;
  #wakings = 0;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  open(): void {
    if (this.#awake !== undefined) return;
    const { store, tab, announced, owner, envelope } = this.#parts;
    const name = `${tab}.${++this.#wakings}`;
    const rollCall = openChannel(rollCallChannel(store));
    if (rollCall !== undefined)
      rollCall.onmessage = ({ data }) => {
        const message = readRollCall(data);
        if (message?.type === "owner") announced(message.term);
      };
    const channel = openChannel(tabChannel(store, name));
    if (channel !== undefined)
      channel.onmessage = ({ data }) => {
        const message = readRollCall(data);
        if (message?.type === "owner") owner(message.term);
        else envelope(data);
      };
    const abort = new AbortController();
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const locks = locksOf();
    const awake: Awake = {
      name,
      rollCall,
      channel,
      isReady: locks === undefined,
      sleep() {
        letGo();
        abort.abort();
        rollCall?.close();
        channel?.close();
      },
    };
    this.#awake = awake;
    void locks
      ?.request(tabLock(store, name), { signal: abort.signal }, () => {
        awake.isReady = true;
        if (this.#awake === awake) this.seek();
        return held;
      })
      .catch(() => undefined);
  }

  close(): void {
    this.#awake?.sleep();
    this.#awake = undefined;
  }

  seek(): void {
    const awake = this.#awake;
    if (awake?.isReady === true) awake.rollCall?.postMessage({ type: "seek", tab: awake.name });
  }

  post(message: unknown): void {
    this.#awake?.channel?.postMessage(message);
  }
}
