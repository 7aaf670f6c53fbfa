/** What instances of r0 tell each other through Redis: hints, never truth. */
export { type RedisConnection, type RedisSource } from "./connect.ts";
export { redisBus, type RedisBus, type RedisBusCounts, type RedisBusOptions } from "./redis-bus.ts";
export { type RedisLimits, redisLimits } from "./redis-limits.ts";
export { redisDevices, type RedisDevicesOptions } from "./redis-devices.ts";
export { redisRateLimits, type RedisRateLimitsOptions } from "./redis-rate-limits.ts";
