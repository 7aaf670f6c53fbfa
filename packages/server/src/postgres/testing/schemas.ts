/** Schemas of a test's own in a PostgreSQL that others may use too. */
import { randomBytes } from "node:crypto";
import { openTestPostgres, type TestPostgres } from "@holdfast/conformance/postgres";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";

export interface TestSchemas {
  readonly url: string;
  readonly postgres: TestPostgres;
  /** Somebody else's connections: an operator's, a test's. */
  readonly admin: pg.Pool;
  /** A name; what is in it goes with the tests. */
  fresh(): string;
}

/** For all tests of a file. */
export function useTestSchemas(): TestSchemas {
  let postgres: TestPostgres | undefined;
  let admin: pg.Pool | undefined;
  const names: string[] = [];
  const opened = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the tests have not begun");
    return value;
  };
  beforeAll(async () => {
    postgres = await openTestPostgres();
    admin = new pg.Pool({ connectionString: postgres.url, max: 4 });
    admin.on("error", () => {});
  }, 60_000);
  afterAll(async () => {
    if (postgres?.server === undefined) for (const name of names) await admin?.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
    await admin?.end();
    await postgres?.dispose();
  }, 60_000);
  return {
    get url() {
      return opened(postgres).url;
    },
    get postgres() {
      return opened(postgres);
    },
    get admin() {
      return opened(admin);
    },
    fresh() {
      const name = `t_${randomBytes(6).toString("hex")}`;
      names.push(name);
      return name;
    },
  };
}
