import { startTestRedis, type TestRedis, testPrefix } from "@holdfast/conformance/redis";
import { afterEach, describe, expect, it } from "vitest";
import type { ConnectedDevices } from "../wake/push-gateway.ts";
import { redisDevices } from "./redis-devices.ts";

let redis: TestRedis | undefined;
const opened: ConnectedDevices[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  redis?.resume();
  await redis?.kill();
});
const open = (prefix: string, deviceMs = 30_000): ConnectedDevices => {
  const devices = redisDevices({ url: redis?.url ?? "", prefix, limits: { deviceMs, takeMsMax: 100, reconnectMsMax: 50 } });
  opened.push(devices);
  return devices;
};
const eventually = (ask: () => Promise<readonly boolean[]>) => expect.poll(ask, { timeout: 5_000, interval: 20 });

describe("which devices are connected", () => {
  it("[PSH7][RDS6] is known to all instances, and of a device that has moved the later word counts", async () => {
    redis = await startTestRedis();
    const prefix = testPrefix();
    const [one, two] = [open(prefix), open(prefix)];
    one.arrived("phone");
    expect(await one.areConnected(["phone", "tablet"])).toEqual([true, false]);
    await eventually(() => two.areConnected(["phone", "tablet"])).toEqual([true, false]);
    two.arrived("phone");
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.left("phone");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await one.areConnected(["phone"])).toEqual([true]);
    two.left("phone");
    await eventually(() => one.areConnected(["phone"])).toEqual([false]);
  });

  it("[RDS6] an instance that dies is believed for a while only, and one that lives says so again, also after a flush", async () => {
    redis = await startTestRedis();
    const prefix = testPrefix();
    const [living, other] = [open(prefix, 100), open(prefix, 100)];
    const dying = open(prefix, 100);
    living.arrived("laptop");
    dying.arrived("phone");
    await eventually(() => other.areConnected(["laptop", "phone"])).toEqual([true, true]);
    // Without a word: as a process that is killed.
    opened.splice(opened.indexOf(dying), 1);
    const close = dying.close();
    await redis.kill();
    await redis.start();
    await close;
    await eventually(() => other.areConnected(["laptop", "phone"])).toEqual([true, false]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await other.areConnected(["laptop", "phone"])).toEqual([true, false]);
  });

  it("[RDS1][RDS6][F08] without Redis, or with one that does not answer, it is what this instance knows, at once", async () => {
    redis = await startTestRedis();
    const prefix = testPrefix();
    const [devices, other] = [open(prefix), open(prefix)];
    devices.arrived("phone");
    // Both have their connection.
    await eventually(() => other.areConnected(["phone"])).toEqual([true]);
    redis.suspend();
    const beganMs = performance.now();
    expect(await devices.areConnected(["phone", "tablet"])).toEqual([true, false]);
    expect(performance.now() - beganMs).toBeLessThan(500);
    redis.resume();
    await redis.kill();
    expect(await devices.areConnected(["phone", "tablet"])).toEqual([true, false]);
    devices.left("phone");
    expect(await devices.areConnected(["phone"])).toEqual([false]);
  });
});
