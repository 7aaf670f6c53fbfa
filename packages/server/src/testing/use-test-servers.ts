/** Test servers of a file's tests. */
import { afterEach } from "vitest";
import { openTestServer, type TestServer } from "./test-server.ts";

/** What is opened by it, or comes of that by a restart, is disposed of after each test. */
export function useTestServers(): typeof openTestServer {
  const opened: TestServer[] = [];
  afterEach(async () => {
    // What has come of a restart stands over the folder of the first.
    for (const each of opened.splice(0).reverse()) await each.dispose();
  });
  const keep = (server: TestServer): TestServer => {
    opened.push(server);
    return { ...server, restart: async (changes) => keep(await server.restart(changes)) };
  };
  return async (options) => keep(await openTestServer(options));
}
