/** A PostgreSQL to test with. */
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

export { findPostgres } from "./find-postgres.ts";
export { type PostgresServer, startPostgres } from "./postgres-server.ts";

export interface TestPostgres {
  readonly url: string;
  /** Undefined if the server is somebody else's, who said so by HOLDFAST_POSTGRES_URL: it is not to be stopped. */
  readonly server: PostgresServer | undefined;
  dispose(): Promise<void>;
}

/** The server of HOLDFAST_POSTGRES_URL, else one of the test's own. */
export async function openTestPostgres(): Promise<TestPostgres> {
  const url = process.env["HOLDFAST_POSTGRES_URL"];
  if (url !== undefined && url !== "") return { url, server: undefined, dispose: async () => {} };
  const server = await startPostgres();
  return { url: server.url, server, dispose: () => server.dispose() };
}
