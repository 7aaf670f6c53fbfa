/** Which devices are connected to any instance: a key each with an expiry, said again while they are. Hints: without Redis, those of this instance. */
import { randomUUID } from "node:crypto";
import type { LogEntry } from "../options.ts";
import { LocalDevices } from "../wake/local-devices.ts";
import type { ConnectedDevices } from "../wake/push-gateway.ts";
import { connectRedis, type RedisSource } from "./connect.ts";
import { RareLog } from "./rare-log.ts";
import { type RedisLimits, redisLimits } from "./redis-limits.ts";
import { within } from "./within.ts";

export type RedisDevicesOptions = RedisSource & {
  /** Before every key. `holdfast` unless told. */
  readonly prefix?: string;
  readonly limits?: Partial<
    Pick<RedisLimits, "takeMsMax" | "deviceMs" | "subscribeMax" | "connectMsMax" | "reconnectMsMax" | "logEveryMs">
  >;
  readonly log?: (entry: LogEntry) => void;
};

/** Only the instance that has said it may take it back: the device may be connected to another by now. */
const forget = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`;

export function redisDevices(options: RedisDevicesOptions): ConnectedDevices {
  const limits = { ...redisLimits, ...options.limits };
  const { prefix = "holdfast" } = options;
  const log = new RareLog(options.log ?? (() => {}), limits.logEveryMs);
  const connection = connectRedis(options, limits);
  const instance = randomUUID();
  const local = new LocalDevices();
  const keyOf = (device: string): string => `${prefix}:device:${device}`;
  const failed = (error: unknown): void => log.warn("redis-failed", "Redis does not tell which devices are connected elsewhere.", error);
  connection.on("error", failed);

  function say(devices: readonly string[]): void {
    if (connection.status !== "ready") return;
    for (let at = 0; at < devices.length; at += limits.subscribeMax) {
      const pipeline = connection.pipeline();
      for (const device of devices.slice(at, at + limits.subscribeMax)) pipeline.set(keyOf(device), instance, "PX", 3 * limits.deviceMs);
      pipeline.exec().catch(failed);
    }
  }
  const timer = setInterval(() => say([...local.all()]), limits.deviceMs);
  timer.unref();
  connection.on("ready", () => say([...local.all()]));

  return {
    arrived(device) {
      const isNew = !local.has(device);
      local.arrived(device);
      if (isNew) say([device]);
    },
    left(device) {
      local.left(device);
      if (!local.has(device) && connection.status === "ready") connection.eval(forget, 1, keyOf(device), instance).catch(failed);
    },
    async areConnected(devices) {
      const here = devices.map((device) => local.has(device));
      if (connection.status !== "ready" || devices.length === 0) return here;
      try {
        const pipeline = connection.pipeline();
        for (const device of devices) pipeline.exists(keyOf(device));
        const answers = await within(limits.takeMsMax, pipeline.exec());
        return here.map((isHere, index) => isHere || answers?.[index]?.[1] === 1);
      } catch (error) {
        failed(error);
        return here;
      }
    },
    async close() {
      clearInterval(timer);
      await local.close();
      connection.disconnect();
    },
  };
}
