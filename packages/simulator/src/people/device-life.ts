/** Who holds a device, and what runs on it: asked at each start of its app, because people come and go and apps are upgraded. */
import type { AnySchema } from "@holdfast/core";
import type { TransportPort } from "@holdfast/core/engine";
import type { App, SignIn } from "../app/app.ts";

export interface DeviceLife {
  /** Whoever is signed in now. */
  readonly signIn: SignIn;
  /** Whose memory of this device counts: it names the user where there are several. */
  readonly holder: string;
  readonly file: string;
  /** What the app names at opening; undefined where it leaves that to the first welcome. */
  readonly user: string | undefined;
  readonly schema: AnySchema;
  /** The installed app's: an index of `App.schemas`. */
  readonly version: number;
  /** Files of users who have left theirs sealed: they must not open to this one. */
  readonly sealed: readonly string[];
  /** What the app would send: somebody else's token, now and then. */
  readonly token: string;
  /** Whether it can be this app's own fault: its user signs in again as soon as they can. */
  isBlockExpected(reason: string): boolean;
  /** What comes from r0 passes through here. */
  carry(transport: TransportPort): TransportPort;
}

/** One person's, for ever. */
export function plainLife(name: string, signIn: SignIn, app: App): DeviceLife {
  return {
    signIn,
    holder: name,
    file: "replica.db",
    user: undefined,
    schema: app.schema,
    version: (app.schemas?.length ?? 1) - 1,
    sealed: [],
    token: signIn.token,
    isBlockExpected: () => false,
    carry: (transport) => transport,
  };
}
