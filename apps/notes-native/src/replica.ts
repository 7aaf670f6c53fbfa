/** The one replica of this process: the screens and the background task share it. A second one on the same file is refused. */
import NetInfo from "@react-native-community/netinfo";
import { type NativeReplica, openReplica } from "@holdfast/client/expo";
import { getRandomValues } from "expo-crypto";
import { type NotesSchema, schema, space } from "../../notes/src/model/schema.ts";
import { readOrMakeKey } from "./key.ts";

let opening: Promise<NativeReplica<NotesSchema>> | undefined;

export function openNotes(): Promise<NativeReplica<NotesSchema>> {
  opening ??= open().catch((error: unknown) => {
    // The next one who asks tries again: the keychain may have been locked.
    opening = undefined;
    throw error;
  });
  return opening;
}

async function open(): Promise<NativeReplica<NotesSchema>> {
  // With a dot: Expo puts the value there when it builds.
  const server = process.env.EXPO_PUBLIC_SERVER as string | undefined;
  return openReplica({
    schema,
    path: "notes.db",
    key: await readOrMakeKey(),
    spaces: [space],
    auth: () => "phone",
    randomBytes: (length) => getRandomValues(new Uint8Array(length)),
    netInfo: NetInfo,
    onError: (error) => console.error(error),
    ...(server === undefined ? {} : { server }),
  });
}
