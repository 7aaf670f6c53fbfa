/** A Redis to test with. */
export { startTestRedis, type TestRedis, testPrefix, useTestRedis } from "./redis-server.ts";
