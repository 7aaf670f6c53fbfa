/** The name under which the bundle of the tests reaches fast-check, past its own stand-in. */
declare module "fast-check-itself" {
  export { default } from "fast-check";
}
