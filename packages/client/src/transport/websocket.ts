/** One conversation over a WebSocket: the platform's own, one binary message each. */
import type { Connection, ConnectionEvents, Runtime, TransportFault } from "@holdfast/core/engine";

export interface WebSocketLimits {
  /** From dialling to open. */
  readonly openMsMax: number;
  /** Bytes accepted for sending and not yet sent: beyond it the far side has stopped reading. */
  readonly bufferedBytesMax: number;
  readonly messageBytesMax: number;
}

/** `closed` tells also whether it had ever been open: a socket that never opens may be a proxy that lets none through. */
export function connectWebSocket(
  url: string,
  runtime: Runtime,
  limits: WebSocketLimits,
  events: ConnectionEvents & { failedToOpen(fault: TransportFault): void },
): Connection {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let opened = false;
  let ended = false;
  const end = (fault: TransportFault): void => {
    if (ended) return;
    ended = true;
    cancel();
    closeQuietly(socket);
    if (opened) events.closed(fault);
    else events.failedToOpen(fault);
  };
  const cancel = runtime.setTimer(limits.openMsMax, () =>
    end({ type: "timeout", detail: `the socket did not open in ${limits.openMsMax} ms` }),
  );
  socket.addEventListener("open", () => {
    if (ended) return;
    opened = true;
    cancel();
    events.opened();
  });
  socket.addEventListener("message", (event) => {
    if (ended) return;
    const data: unknown = event.data;
    if (!(data instanceof ArrayBuffer)) return end({ type: "not-a-server", detail: "a message of text" });
    if (data.byteLength > limits.messageBytesMax) return end({ type: "not-a-server", detail: `a message of ${data.byteLength} bytes` });
    events.message(new Uint8Array(data));
  });
  socket.addEventListener("close", (event) =>
    end(
      opened
        ? { type: "closed", detail: `the socket closed (${event.code})` }
        : { type: "unreachable", detail: `the socket did not open (${event.code})` },
    ),
  );
  socket.addEventListener("error", () => {
    // A close always follows, with the code.
  });
  return {
    send(message) {
      if (ended) return;
      if (socket.bufferedAmount > limits.bufferedBytesMax) return end({ type: "timeout", detail: "the far side has stopped reading" });
      socket.send(message as Uint8Array<ArrayBuffer>);
    },
    close() {
      ended = true;
      cancel();
      closeQuietly(socket);
    },
  };
}

function closeQuietly(socket: WebSocket): void {
  try {
    socket.close();
  } catch {
    // Already closed.
  }
}
