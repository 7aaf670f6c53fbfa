/**
 * `PostBytes` over `XMLHttpRequest`. React Native's `fetch` goes through a blob and a `FileReader` to give bytes; the request under it gives
 * them at once (react-native 0.88.1, `Libraries/Network/XMLHttpRequest.js`: `responseType = "arraybuffer"`).
 *
 * The whole reply is in memory before it can be looked at: the bound is checked on what `Content-Length` announces, and again on what came.
 */
import type { PostBytes, PostReply } from "../transport/http.ts";

/** What of the host's class is used. No `onprogress`, no `onreadystatechange`: with either, React Native gives the bytes away in pieces of text. */
interface Xhr {
  responseType: string;
  readonly status: number;
  readonly response: unknown;
  readonly upload: { onprogress: (() => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  ontimeout: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: Uint8Array): void;
  abort(): void;
}

export function createPostXhr(XMLHttpRequest: new () => Xhr): PostBytes {
  return ({ url, body, contentType, signal }) =>
    new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      const abort = (): void => xhr.abort();
      // All failures look alike. One after bytes have left is not the same as one that has never reached anybody (F10).
      let hasSent = false;
      const fail = (happened: string) => (): void => {
        signal.removeEventListener("abort", abort);
        reject(new Error(happened, hasSent ? { cause: { code: "ECONNRESET" } } : undefined));
      };
      xhr.open("POST", url);
      xhr.responseType = "arraybuffer";
      xhr.setRequestHeader("Content-Type", contentType);
      xhr.setRequestHeader("Accept", contentType);
      xhr.setRequestHeader("Cache-Control", "no-store");
      xhr.upload.onprogress = () => (hasSent = true);
      xhr.onload = () => {
        signal.removeEventListener("abort", abort);
        resolve(replyOf(xhr));
      };
      xhr.onerror = fail("the request failed");
      xhr.ontimeout = fail("the request timed out");
      xhr.onabort = fail("the request was given up");
      if (signal.aborted) return fail("the request was given up")();
      signal.addEventListener("abort", abort);
      // A copy: a view of a larger buffer is sent whole by some hosts.
      xhr.send(body.slice());
    });
}

function replyOf(xhr: Xhr): PostReply {
  return {
    status: xhr.status,
    header: (name) => xhr.getResponseHeader(name),
    async body(bytesMax) {
      const { response } = xhr;
      const bytes = response instanceof ArrayBuffer ? new Uint8Array(response) : new Uint8Array(0);
      return bytes.length > bytesMax || Number(xhr.getResponseHeader("content-length") ?? 0) > bytesMax ? undefined : bytes;
    },
    discard() {},
  };
}
