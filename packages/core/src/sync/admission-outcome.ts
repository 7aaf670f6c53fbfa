/**
 * Recorded outcomes as bytes: a retry is answered with exactly these, rejections included (F12). Of an outcome that is forgotten the first
 * byte is kept for ever: a replica that comes back late must not take a refused write for confirmed (F22).
 */
import { ByteReader, ByteWriter, type Decoded, decodeSafely } from "../base/bytes.ts";
import { isWellFormedText, utf8Length } from "../base/utf8.ts";
import * as wireLimits from "../wire/wire-limits.ts";
import type { Outcome } from "../wire/messages.ts";
import type { Refusal } from "./admission.ts";

/** The code of what another copy of a file has said under another id: it is here, and counts once. */
export const saidElsewhere = "said-elsewhere";

const refusedTag = 1;
const acceptedTag = 2;
/** Said under another id (`operation/former.ts`): the outcome of what came second, and what stands at the end of an id that has a successor. */
const movedTag = 3;

/** For who hears only that, and not of what. */
export const refusedEarlier: Refusal = {
  code: "refused-earlier",
  reason: "r0 refused this write; its reason is kept no more.",
};

/** It is here, and no more is kept of it than that. */
export const alreadyHere: Refusal = {
  code: saidElsewhere,
  reason: "Another copy of this replica has brought this write back under another id.",
};

/** Without its counter, which is the row's key: an intent that comes back under another replica id gets the same bytes. */
export function encodeOutcome(outcome: Exclude<Outcome, { type: "outcome-expired" }>): Uint8Array {
  if (outcome.type === "refused" && outcome.code === saidElsewhere) return movedOutcome;
  const writer = new ByteWriter();
  if (outcome.type === "refused") {
    writer.byte(refusedTag);
    writer.text(outcome.code);
    writer.text(outcome.reason);
  } else {
    writer.byte(acceptedTag);
    writer.varint(outcome.sequence);
    writer.block(outcome.result);
  }
  return writer.finish();
}

export const movedOutcome = /* @__PURE__ */ Uint8Array.of(movedTag);

export function isMoved(bytes: Uint8Array): boolean {
  return bytes[0] === movedTag;
}

export function isRefusal(bytes: Uint8Array): boolean {
  return bytes[0] === refusedTag;
}

export function decodeOutcome(counter: number, bytes: Uint8Array): Decoded<Outcome> {
  return decodeSafely(() => {
    const reader = new ByteReader(bytes);
    const tag = reader.byte();
    if (bytes.length === 1 && tag === movedTag) return { type: "refused", counter, ...alreadyHere };
    if (tag !== refusedTag && tag !== acceptedTag) reader.fail(`an outcome of kind ${tag}`);
    if (bytes.length === 1)
      return tag === refusedTag ? { type: "refused", counter, ...refusedEarlier } : { type: "outcome-expired", counter };
    const outcome: Outcome =
      tag === refusedTag
        ? { type: "refused", counter, code: reader.text(), reason: reader.text() }
        : { type: "accepted", counter, sequence: reader.varint(), result: reader.block().slice() };
    reader.end();
    return outcome;
  });
}

/** A refusal within the wire's bounds: an app's own words may be of any length, need not be text at all, and never say that a write is here. */
export function boundRefusal({ code, reason }: Refusal): Refusal {
  return {
    code: code === saidElsewhere ? "refused" : clipText(code, wireLimits.outcomeCodeBytesMax),
    reason: clipText(reason, wireLimits.outcomeReasonBytesMax),
  };
}

export function clipText(text: string, bytesMax: number): string {
  const given = String(text);
  if (!isWellFormedText(given)) return "unreadable";
  if (utf8Length(given) <= bytesMax) return given;
  const points = [...given.slice(0, bytesMax)];
  if (!isWellFormedText(points.at(-1) ?? "")) points.pop();
  let clipped = points.join("");
  while (utf8Length(clipped) > bytesMax) {
    points.length = Math.max(0, points.length - Math.ceil((utf8Length(clipped) - bytesMax) / 4));
    clipped = points.join("");
  }
  return clipped;
}
