/** A replica on React Native, put together over either library: what `@holdfast/client/expo` and `@holdfast/client/op-sqlite` share. */
import type { AnySchema } from "@holdfast/core";
import type { TransportPort } from "@holdfast/core/engine";
import { openReplicaWith } from "../open-replica.ts";
import type { ReplicaOptions } from "../options.ts";
import type { Replica } from "../replica.ts";
import { inflateBounded } from "../transport/inflate.ts";
import { createTransport } from "../transport/transport.ts";
import type { AppStateHost, NetInfoHost } from "./host-shapes.ts";
import { type Lifecycle, type SliceOptions, type SliceOutcome, startLifecycle } from "./lifecycle.ts";
import type { NativeConnection } from "./native-connection.ts";
import { type NativePort, openNativePort } from "./native-port.ts";
import { createNativeRuntime, type RandomBytes } from "./native-runtime.ts";
import { createPostXhr } from "./post-xhr.ts";

export interface NativeReplicaOptions<S extends AnySchema> extends ReplicaOptions<S> {
  /** The replica's one file: a name, which goes where the library keeps databases, or a path. */
  readonly path: string;
  /** SQLCipher's key. Refused with `store-unsafe` by a build of the library without SQLCipher. */
  readonly key?: string;
  /** r0's address, `http:` or `https:`. Without it the replica stays by itself. */
  readonly server?: string;
  /** Cryptographic; needed where the host has no `crypto.getRandomValues`, as React Native has none: `getRandomValues` of expo-crypto. */
  readonly randomBytes?: RandomBytes;
  /** `NetInfo` of @react-native-community/netinfo: a network that comes is tried at once. */
  readonly netInfo?: NetInfoHost;
  /** Takes the place of react-native's `AppState`. */
  readonly appState?: AppStateHost;
  /** Takes the place of `server`. */
  readonly transport?: TransportPort;
}

export interface NativeReplica<S extends AnySchema> extends Replica<S> {
  /**
   * Inside a background task: sends and fetches for a bounded time, then lets go of the file and the connection. It never throws. Whatever
   * the outcome, what was done is on disk, and the rest is done by the next slice or when the app is opened.
   */
  backgroundSlice(options?: SliceOptions): Promise<SliceOutcome>;
}

export interface NativeLibrary {
  readonly appState: AppStateHost;
  readonly connect: () => NativeConnection;
}

export async function openNativeReplica<S extends AnySchema>(
  options: NativeReplicaOptions<S>,
  library: NativeLibrary,
): Promise<NativeReplica<S>> {
  // First: without randomness nothing is opened, and no file is made.
  const runtime = createNativeRuntime(options.randomBytes);
  let port: NativePort | undefined;
  const replica = await openReplicaWith(options, {
    openSqlite: () => (port = openNativePort(library.connect)),
    transport:
      options.transport ??
      (options.server === undefined ? undefined : createTransport({ server: options.server, runtime, ...postOfHost() })),
    runtime,
    inflate: inflateBounded,
    // `setImmediate` runs before other events on React Native; a timer lets them in.
    defer: (run) => void runtime.setTimer(0, run),
    persistent: true,
  });
  const lifecycle: Lifecycle = startLifecycle(replica, port as unknown as NativePort, runtime, {
    appState: options.appState ?? library.appState,
    netInfo: options.netInfo,
    report: options.onError ?? (() => {}),
  });
  return withLifecycle(replica, lifecycle);
}

/** The same replica, whose end is the end of its lifecycle too. Getters stay getters. */
function withLifecycle<S extends AnySchema>(replica: Replica<S>, lifecycle: Lifecycle): NativeReplica<S> {
  const own: Pick<NativeReplica<S>, "backgroundSlice" | "close" | "signOut"> = {
    backgroundSlice: (options) => lifecycle.slice(options),
    async close() {
      lifecycle.stop();
      await replica.close();
    },
    async signOut(options) {
      const discarded = await replica.signOut(options);
      lifecycle.stop();
      return discarded;
    },
  };
  const properties = { ...Object.getOwnPropertyDescriptors(replica), ...Object.getOwnPropertyDescriptors(own) };
  return Object.freeze(Object.defineProperties({}, properties)) as NativeReplica<S>;
}

function postOfHost(): { post?: ReturnType<typeof createPostXhr> } {
  const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: Parameters<typeof createPostXhr>[0] };
  return XMLHttpRequest === undefined ? {} : { post: createPostXhr(XMLHttpRequest) };
}
