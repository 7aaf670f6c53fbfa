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

export class TabChannels {
  readonly #parts: ChannelParts;
  #rollCall: ChannelLike | undefined;
  #channel: ChannelLike | undefined;
  #letLockGo: (() => void) | undefined;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  open(): void {
    const { store, tab, announced, owner, envelope } = this.#parts;
    if (this.#letLockGo !== undefined) return;
    this.#rollCall = openChannel(rollCallChannel(store));
    if (this.#rollCall !== undefined)
      this.#rollCall.onmessage = ({ data }) => {
        const message = readRollCall(data);
        if (message?.type === "owner") announced(message.term);
      };
    this.#channel = openChannel(tabChannel(store, tab));
    if (this.#channel !== undefined)
      this.#channel.onmessage = ({ data }) => {
        const message = readRollCall(data);
        if (message?.type === "owner") owner(message.term);
        else envelope(data);
      };
    const abort = new AbortController();
    const held = new Promise<void>((resolve) => {
      this.#letLockGo = () => {
        resolve();
        abort.abort();
      };
    });
    void locksOf()
      ?.request(tabLock(store, tab), { signal: abort.signal }, () => held)
      .catch(() => undefined);
  }

  close(): void {
    this.#letLockGo?.();
    this.#letLockGo = undefined;
    this.#rollCall?.close();
    this.#channel?.close();
    this.#rollCall = undefined;
    this.#channel = undefined;
  }

  seek(): void {
    this.#rollCall?.postMessage({ type: "seek", tab: this.#parts.tab });
  }

  post(message: unknown): void {
    this.#channel?.postMessage(message);
  }
}
