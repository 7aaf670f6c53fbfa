/** Outcomes and stops of a `pushed`. */
import { unreachable } from "../base/assert.ts";
import { ByteWriter, DecodeFault } from "../base/bytes.ts";
import * as wireLimits from "./wire-limits.ts";
import type { Outcome, PushStop } from "./messages.ts";
import {
  asBytes,
  asInteger,
  asNumber,
  asText,
  readFields,
  writeBytes,
  writeBytesAlways,
  writeClipped,
  writeNumber,
  writeNumberAlways,
  writeText,
} from "./protobuf.ts";

const outcomeTypes = ["refused", "accepted", "outcome-expired"] as const;
const stopTypes = ["gap", "forked", "failed", "awaits"] as const;

export function writeOutcome(writer: ByteWriter, field: number, outcome: Outcome): void {
  const body = new ByteWriter(64);
  writeNumber(body, 1, outcome.counter);
  writeNumber(body, 2, outcomeTypes.indexOf(outcome.type));
  switch (outcome.type) {
    case "refused":
      writeText(body, 3, outcome.code);
      writeClipped(body, 4, outcome.reason, wireLimits.outcomeReasonBytesMax);
      break;
    case "accepted":
      writeBytes(body, 5, outcome.result);
      writeNumber(body, 6, outcome.sequence);
      break;
    case "outcome-expired":
      break;
    default:
      unreachable(outcome);
  }
  writeBytesAlways(writer, field, body.finish());
}

export function readOutcome(bytes: Uint8Array): Outcome {
  const parts = { counter: 0, type: 0, code: "", reason: "", result: new Uint8Array(0) as Uint8Array, sequence: 0 };
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        parts.counter = asInteger(field);
        break;
      case 2:
        parts.type = asNumber(field, wireLimits.requestMax);
        break;
      case 3:
        parts.code = asText(field, wireLimits.outcomeCodeBytesMax);
        break;
      case 4:
        parts.reason = asText(field, wireLimits.outcomeReasonBytesMax);
        break;
      case 5:
        parts.result = asBytes(field, wireLimits.outcomeResultBytesMax);
        break;
      case 6:
        parts.sequence = asInteger(field);
        break;
    }
  });
  const { counter, code, reason, result, sequence } = parts;
  if (counter === 0) throw new DecodeFault("out of range");
  const type = outcomeTypes[parts.type];
  switch (type) {
    case "refused":
      return { type, counter, code, reason };
    case "accepted":
      return { type, counter, result, sequence };
    case "outcome-expired":
      return { type, counter };
    case undefined:
      throw new DecodeFault("unknown type");
    default:
      return unreachable(type);
  }
}

export function writeStop(writer: ByteWriter, field: number, stop: PushStop): void {
  const body = new ByteWriter(32);
  writeNumber(body, 1, stopTypes.indexOf(stop.type));
  if (stop.type === "failed") {
    writeNumber(body, 2, stop.counter);
    writeClipped(body, 3, stop.detail, wireLimits.faultMessageBytesMax);
    if (stop.retryAfterMs !== undefined) writeNumberAlways(body, 4, stop.retryAfterMs);
  }
  if (stop.type === "forked") writeNumber(body, 2, stop.through);
  if (stop.type === "awaits") {
    writeNumber(body, 2, stop.counter);
    writeNumberAlways(body, 4, stop.retryAfterMs);
  }
  writeBytesAlways(writer, field, body.finish());
}

export function readStop(bytes: Uint8Array): PushStop {
  let typeNumber = 0;
  let counter = 0;
  let detail = "";
  let retryAfterMs: number | undefined;
  readFields(bytes, (field) => {
    if (field.number === 1) typeNumber = asNumber(field, wireLimits.requestMax);
    else if (field.number === 2) counter = asInteger(field);
    else if (field.number === 3) detail = asText(field, wireLimits.faultMessageBytesMax);
    else if (field.number === 4) retryAfterMs = asInteger(field);
  });
  const type = stopTypes[typeNumber];
  if (type === "failed") return { type, counter, detail, retryAfterMs };
  if (type === "awaits") return { type, counter, retryAfterMs: retryAfterMs ?? 0 };
  if (type === "forked") return { type, through: counter };
  if (type === undefined) throw new DecodeFault("unknown type");
  return { type };
}
