/** Reading what came over a channel: total, and without trust in its shape (TAB10). */
import { type Envelope, type OwnerMessage, type RollCall, type TabMessage, tabProtocol } from "./messages.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Check = (value) => typeof value === "boolean";
const array: Check = Array.isArray;
const object: Check = (value) => typeof value === "object" && value !== null;
const bytes: Check = (value) => value instanceof Uint8Array;
const anything: Check = () => true;
const optionalCount: Check = (value) => value === undefined || count(value);
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const tagged: Check = (value) => object(value) && text((value as { type?: unknown }).type);

type Shapes<Message extends { readonly type: string }> = {
  readonly [T in Message["type"]]: { readonly [K in Exclude<keyof Extract<Message, { readonly type: T }>, "type">]: Check };
};

const tabShapes: Shapes<TabMessage> = {
  attach: { tab: text, protocol: count, schemaHash: text, schemaVersion: count, spaces: texts, background: flag },
  call: { number: count, answeredBelow: count, since: count, call: tagged },
  subscribe: { feed: count, query: tagged },
  unsubscribe: { feed: count },
  taken: { feed: count },
  listen: { name: text, on: flag },
  hint: { hint: text },
  background: { on: flag },
  token: { number: count, token: (value) => value === undefined || text(value), detail: text },
  detach: {},
};

const ownerShapes: Shapes<OwnerMessage> = {
  attached: { ordinal: count, replica: text, status: object, pendingSince: optionalCount, conflicts: array, deadLetters: array },
  rejected: { error: object },
  reply: { number: count, value: anything },
  failure: { number: count, error: object },
  rows: { feed: count, splice: object, rows: array },
  "rows-ahead": { feed: count, rows: array },
  sql: { feed: count, rows: array },
  record: { feed: count, bytes },
  "feed-failed": { feed: count, error: object },
  event: { name: text, event: anything },
  status: { replica: text, status: object, pendingSince: optionalCount },
  lists: { conflicts: array, deadLetters: array },
  "token-wanted": { number: count, refused: flag },
  report: { error: object },
};

const rollCallShapes: Shapes<RollCall> = { seek: { tab: text }, owner: { term: text } };

function isShaped(shapes: Readonly<Record<string, Readonly<Record<string, Check>>>>, value: unknown): boolean {
  if (!tagged(value)) return false;
  const { type } = value as { readonly type: string };
  if (!Object.hasOwn(shapes, type)) return false;
  return Object.entries(shapes[type] ?? {}).every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]));
}

/** Undefined for what is no envelope of this version. Messages of it that do not read are left out. */
function readEnvelope<Message>(shapes: Parameters<typeof isShaped>[0], data: unknown, messagesMax: number): Envelope<Message> | undefined {
  if (!object(data)) return undefined;
  const { protocol, term, messages } = data as Readonly<Record<string, unknown>>;
  if (protocol !== tabProtocol || typeof term !== "string" || !Array.isArray(messages) || messages.length > messagesMax) return undefined;
  return { protocol, term, messages: messages.filter((message) => isShaped(shapes, message)) as Message[] };
}

export function readTabEnvelope(data: unknown, messagesMax: number): Envelope<TabMessage> | undefined {
  return readEnvelope(tabShapes, data, messagesMax);
}

export function readOwnerEnvelope(data: unknown, messagesMax: number): Envelope<OwnerMessage> | undefined {
  return readEnvelope(ownerShapes, data, messagesMax);
}

export function readRollCall(data: unknown): RollCall | undefined {
  return isShaped(rollCallShapes, data) ? (data as RollCall) : undefined;
}
