/** The handshake: versions, who it is, whose replica it is, and what it may see (traps 7, 13). */
import {
  capabilities,
  type ClientMessage,
  type HelloSpace,
  isRefusal,
  isWellFormedText,
  type MarkRow,
  presenceCapability,
  protocolVersion,
  protocolVersionMin,
  type ReplicaId,
  type ServerMessage,
  utf8Length,
  type WelcomeSpace,
  wireLimits,
} from "@holdfast/core/engine";
import type { Access, Principal } from "../options.ts";
import { jitteredMs } from "../overload/retry-after.ts";
import { withDeadline } from "../pipeline/with-deadline.ts";
import { emptyMark } from "../store/empty-rows.ts";
import { SessionFault, type SessionHost } from "./host.ts";

type Hello = Extract<ClientMessage, { type: "hello" }>;

/** Which side has to move, said with both versions (F56). */
export function checkProtocol(hello: Hello): SessionFault | undefined {
  if (hello.protocol < protocolVersionMin)
    return new SessionFault(
      "client-too-old",
      `The client speaks protocol ${hello.protocol}, and this server needs at least ${protocolVersionMin}: update the app.`,
    );
  if (hello.protocolMin > protocolVersion)
    return new SessionFault(
      "server-too-old",
      `The client needs protocol ${hello.protocolMin}, and this server speaks ${protocolVersion}: update the server.`,
    );
  return undefined;
}

/** The principal of a token. A refused token is final, an `authenticate` that throws is not: the two must never be confused (F22). */
export async function authenticateToken(host: SessionHost, token: string): Promise<Principal> {
  let principal: Principal | null;
  try {
    principal = await withDeadline(host.runtime, "authenticate", host.limits.callbackMsMax, host.authenticate(token));
  } catch (error) {
    host.log({ level: "error", event: "authenticate-failed", detail: "authenticate threw.", error });
    throw new SessionFault("server-error", "The server could not check the token now.", retryAfterMs(host));
  }
  if (principal === null || principal === undefined) throw new SessionFault("unauthenticated", "The server does not accept this token.");
  const { id } = principal;
  if (typeof id !== "string" || id === "" || !isWellFormedText(id) || utf8Length(id) > wireLimits.principalBytesMax) {
    host.log({ level: "error", event: "authenticate-failed", detail: "authenticate returned a principal without a usable id." });
    throw new SessionFault("server-error", "The server could not tell whose token this is.", retryAfterMs(host));
  }
  if (isExpired(host, principal)) throw new SessionFault("unauthenticated", "The token has expired.");
  return principal;
}

export function isExpired(host: SessionHost, principal: Principal): boolean {
  return principal.expiresAtMs !== undefined && host.runtime.wallMs() >= principal.expiresAtMs;
}

/** Nothing is ever taken under another principal than the one that made it (trap 13). */
export async function checkOwner(host: SessionHost, principal: Principal, hello: Hello): Promise<void> {
  if (hello.principal !== "" && hello.principal !== principal.id)
    throw new SessionFault("wrong-principal", `This replica belongs to "${hello.principal}", and the token to "${principal.id}".`);
  const owner = await host.store.bindReplica(hello.replica, principal.id);
  if (owner !== principal.id) throw new SessionFault("replica-taken", "Another user writes under this replica id: take a new one.");
}

export async function askAccess(host: SessionHost, principal: Principal, space: string): Promise<Access> {
  let access: Access;
  try {
    access = await withDeadline(host.runtime, "authorize.space", host.limits.callbackMsMax, host.accessOf(principal, space));
  } catch (error) {
    host.log({ level: "error", event: "authorize-failed", detail: `authorize.space threw for "${space}".`, error });
    throw new SessionFault("server-error", "The server could not tell now whether this space may be read.", retryAfterMs(host));
  }
  return access === "write" || access === "read" ? access : "none";
}

/** Of a space that may not be read, only what the replica itself told: its mark. `isNew`: the replica has no cursor of this epoch. */
export async function welcomeSpace(
  host: SessionHost,
  replica: ReplicaId,
  { space }: Pick<HelloSpace, "space">,
  access: Access,
  isNew: boolean,
): Promise<WelcomeSpace> {
  const [row] = await host.store.readSpaces([space]);
  const marked = (await host.store.readMark(space, replica)) ?? emptyMark(space, replica);
  const { mark, chain } = marked;
  const refused = isNew && access !== "none" && isRestored(host) ? await refusedBy(host, marked) : [];
  const cursorBase = host.codecOf(space).encode({ type: "stream", sequence: 0 });
  const visible =
    access === "none" || row === undefined ? { head: 0, lamport: 0 } : { head: row.head, lamport: Math.max(row.lamport, host.lamportMin) };
  return { space, access, ...visible, mark, chain, cursorBase, ...(refused.length > 0 ? { refused } : {}) };
}

/** A store that was put back to a backup counts its clock from a higher step. */
function isRestored({ lamportMin }: SessionHost): boolean {
  return lamportMin > 0;
}

/** What a backup had lost is said again, and judged anew, perhaps by another copy of the same file: this one, too, hears what came of it. */
async function refusedBy(host: SessionHost, { space, replica, mark, recordedThrough }: MarkRow): Promise<readonly number[]> {
  const from = Math.max(1, mark - wireLimits.recalledCountersMax + 1);
  if (recordedThrough < from) return [];
  const rows = await host.store.readOutcomes(space, { replica, from, through: mark, countMax: wireLimits.recalledCountersMax });
  return rows.filter(({ bytes }) => isRefusal(bytes)).map(({ counter }) => counter);
}

type Welcome = Extract<ServerMessage, { type: "welcome" }>;

export function welcomeOf(
  host: SessionHost,
  principal: Principal,
  spaces: readonly WelcomeSpace[],
  /** Of the hello. */
  request: number | undefined,
  /** What only a session's first says. */
  once: Partial<Pick<Welcome, "keys" | "copied">> = {},
): Welcome {
  const reconnectWithinMs = host.reconnectWithinMs();
  return {
    type: "welcome",
    protocol: protocolVersion,
    capabilities: [...capabilities, presenceCapability],
    epoch: host.epoch,
    principal: principal.id,
    schemaVersion: host.schemaVersion,
    pushBytesMax: host.limits.pushBytesMax,
    heartbeatMs: host.limits.heartbeatMs,
    ...(reconnectWithinMs > 0 ? { reconnectWithinMs } : {}),
    spaces,
    ...(request === undefined ? {} : { request }),
    ...once,
  };
}

/** What the client has said that it can do, beside the protocol itself. */
export interface Knows {
  readonly deflate: boolean;
  readonly presence: boolean;
}

export function knowsOf({ capabilities: said }: Hello): Knows {
  return { deflate: said.includes("deflate"), presence: said.includes(presenceCapability) };
}

export function isSpaceId(space: string): boolean {
  const bytes = utf8Length(space);
  return bytes >= 1 && bytes <= wireLimits.spaceIdBytesMax;
}

/** Jittered, so that those who were sent away together do not come back together (trap 16). */
export function retryAfterMs(host: SessionHost): number {
  return jitteredMs(host.limits.retryAfterMs, host.runtime.random());
}
