/* eslint-disable @typescript-eslint/consistent-type-imports -- a declared module cannot import by a relative name in any other way */
/** op-sqlite is what an app brings; it is not installed here, for it weighs 115 MB. What is declared is what is used. */
declare module "@op-engineering/op-sqlite" {
  export const open: import("./op-sqlite.ts").OpSqlite["open"];
  export const isSQLCipher: import("./op-sqlite.ts").OpSqlite["isSQLCipher"];
}
