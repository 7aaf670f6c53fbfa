/* eslint-disable @typescript-eslint/consistent-type-imports -- a declared module cannot import by a relative name in any other way */
/** react-native is what an app brings; it is not installed here. What is declared is what is used. */
declare module "react-native" {
  export const AppState: import("./host-shapes.ts").AppStateHost;
}
