/** WebSocket frames (RFC 6455, section 5.2) read from a byte stream, so that whole messages can be dropped, doubled and moved. */

export interface WebSocketMessage {
  /** The frames as they came, masks included: forwarding them again is legal, since a mask belongs to its frame. */
  readonly raw: Uint8Array;
  /** Unmasked and put together; empty for control frames. */
  readonly payload: Uint8Array;
  /** Ping, pong, close. */
  readonly control: boolean;
}

export interface FrameReader {
  /** Whole messages that these bytes complete, in order. Control frames between the fragments of a message come before it. */
  read(bytes: Uint8Array): readonly WebSocketMessage[];
}

interface Frame {
  readonly end: number;
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

const frameBytesMax = 64 * 1024 * 1024;

export function createFrameReader(): FrameReader {
  let rest: Uint8Array = new Uint8Array(0);
  let raws: Uint8Array[] = [];
  let payloads: Uint8Array[] = [];
  return {
    read(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const messages: WebSocketMessage[] = [];
      for (let frame = readFrame(rest); frame !== undefined; frame = readFrame(rest)) {
        const raw = rest.subarray(0, frame.end);
        rest = rest.subarray(frame.end);
        if (frame.opcode >= 8) {
          messages.push({ raw, payload: new Uint8Array(0), control: true });
          continue;
        }
        raws.push(raw);
        payloads.push(frame.payload);
        if (!frame.final) continue;
        messages.push({ raw: Buffer.concat(raws), payload: Buffer.concat(payloads), control: false });
        raws = [];
        payloads = [];
      }
      return messages;
    },
  };
}

function readFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const start = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length = lengthBytes === 0 ? short : lengthBytes === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
  if (length > frameBytesMax) throw new Error(`A frame of ${length} bytes is not one of ours.`);
  if (bytes.length < start + length) return undefined;
  const payload = Uint8Array.from(bytes.subarray(start, start + length));
  if (masked)
    for (let index = 0; index < length; index++) payload[index] = (payload[index] as number) ^ (bytes[start - 4 + (index & 3)] as number);
  return { end: start + length, final: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
}
