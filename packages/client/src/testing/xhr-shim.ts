/** `XMLHttpRequest` as `Libraries/Network/XMLHttpRequest.js` of react-native 0.88.1 behaves, over Node's `fetch`: the whole reply at the end, events later. */
export class XhrShim {
  responseType = "";
  status = 0;
  response: unknown = null;
  readonly upload: { onprogress: (() => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  ontimeout: (() => void) | null = null;
  onabort: (() => void) | null = null;
  readonly #headers: Record<string, string> = {};
  readonly #abort = new AbortController();
  #url: string | undefined;
  #reply: Response | undefined;

  open(_method: string, url: string): void {
    if (this.#url !== undefined) throw new Error("Cannot open, already sending");
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    if (this.#url === undefined) throw new Error("Request has not been opened");
    this.#headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#reply?.headers.get(name) ?? null;
  }

  send(body: Uint8Array): void {
    if (this.#url === undefined) throw new Error("Request has not been opened");
    fetch(this.#url, { method: "POST", body: body as Uint8Array<ArrayBuffer>, headers: this.#headers, signal: this.#abort.signal })
      .then(async (reply) => {
        this.response = await reply.arrayBuffer();
        this.#reply = reply;
        this.status = reply.status;
        this.onload?.();
      })
      .catch((error: { cause?: { code?: string } }) => {
        if (this.#abort.signal.aborted) return this.onabort?.();
        if (error.cause?.code === "ECONNRESET" || error.cause?.code === "UND_ERR_SOCKET") this.upload.onprogress?.();
        this.onerror?.();
      });
  }

  abort(): void {
    this.#abort.abort();
  }
}
