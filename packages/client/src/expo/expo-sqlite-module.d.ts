/* eslint-disable @typescript-eslint/consistent-type-imports -- a declared module cannot import by a relative name in any other way */
/** expo-sqlite is what an app brings; it is not installed here, for its peers are the whole of Expo. What is declared is what is used. */
declare module "expo-sqlite" {
  export const openDatabaseSync: import("./expo-sqlite.ts").ExpoSqlite["openDatabaseSync"];
}
