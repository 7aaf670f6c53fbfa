/** The least of a WebSocket server (RFC 6455), for tests: takes the handshake, sends every message back, and can break off. */
import { createHash } from "node:crypto";
import type { Server } from "node:http";
import type { Duplex } from "node:stream";

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const opClose = 8;
const opBinary = 2;

export function acceptSockets(server: Server): { readonly breakOff: () => void } {
  const sockets = new Set<Duplex>();
  server.on("upgrade", (request, socket: Duplex) => {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"] ?? ""}${guid}`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.add(socket);
    let held = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (part: Buffer) => {
      held = Buffer.concat([held, part]);
      for (let frame = takeFrame(held); frame !== undefined; frame = takeFrame(held)) {
        held = held.subarray(frame.length);
        if (frame.code === opClose) socket.end();
        else if (frame.code === opBinary) socket.write(makeFrame(frame.payload));
      }
    });
  });
  return {
    breakOff() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function takeFrame(held: Buffer): { readonly code: number; readonly payload: Buffer; readonly length: number } | undefined {
  if (held.length < 6) return undefined;
  let length = (held[1] as number) & 0x7f;
  let at = 2;
  if (length === 126) {
    length = held.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (held.length < 14) return undefined;
    length = Number(held.readBigUInt64BE(2));
    at = 10;
  }
  if (held.length < at + 4 + length) return undefined;
  const mask = held.subarray(at, at + 4);
  const payload = Buffer.from(held.subarray(at + 4, at + 4 + length));
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] as number) ^ (mask[i % 4] as number);
  return { code: (held[0] as number) & 0x0f, payload, length: at + 4 + length };
}

function makeFrame(payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opBinary;
  if (head.length === 2) head[1] = payload.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([head, payload]);
}
