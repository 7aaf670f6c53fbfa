/** What people need of the fleet that they are in. */
import type { SqlitePort } from "@holdfast/core/engine";
import type { App } from "../app/app.ts";
import type { Oracle } from "../workload/oracle.ts";
import type { Device } from "../world/device.ts";
import type { People } from "./people.ts";

export interface PeopleHost {
  readonly app: App;
  readonly oracle: Oracle;
  readonly people: People | undefined;
  readonly devices: readonly Device[];
  readonly server: { readonly port: SqlitePort | undefined };
  fail(checker: string, detail: string): void;
}
