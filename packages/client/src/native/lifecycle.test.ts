import type { Runtime } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { TestAppState } from "../testing/native-host/app-state.ts";
import type { NetworkState } from "./host-shapes.ts";
import { startLifecycle } from "./lifecycle.ts";

interface Bench {
  readonly told: string[];
  readonly appState: TestAppState;
  readonly network: (state: NetworkState) => void;
  readonly runTimers: () => void;
  readonly lifecycle: ReturnType<typeof startLifecycle>;
  settle: (outcome: "done" | "failed") => void;
}

function createBench(state: string): Bench {
  const told: string[] = [];
  const timers = new Set<() => void>();
  const appState = new TestAppState(state);
  let network: (state: NetworkState) => void = () => {};
  const tell = (what: string) => () => {
    told.push(what);
    return Promise.resolve();
  };
  const bench = { told, appState, settle: (_outcome: "done" | "failed") => {} };
  const lifecycle = startLifecycle(
    {
      background: tell("background"),
      foreground: tell("foreground"),
      sync: () => {
        told.push("sync");
        return new Promise((resolve, reject) => {
          bench.settle = (outcome) => (outcome === "done" ? resolve(undefined) : reject(new Error("no")));
        });
      },
    },
    { rest: () => void told.push("rest"), wake: () => void told.push("wake") },
    {
      setTimer: (_delayMs, run) => {
        timers.add(run);
        return () => void timers.delete(run);
      },
    } as Runtime,
    {
      appState,
      netInfo: {
        addEventListener: (listener) => {
          network = listener;
          listener({ type: "wifi", isConnected: true });
          return () => void told.push("deaf");
        },
      },
      report: (error) => void told.push(String(error)),
    },
  );
  return Object.assign(bench, {
    lifecycle,
    network: (each: NetworkState) => network(each),
    runTimers: () => {
      for (const run of [...timers]) run();
    },
  });
}

describe("the host's lifecycle", () => {
  it("[NAT9] only `background` is the background: it is gone into once, in the event, and left at `active`", () => {
    const { appState, told } = createBench("active");
    for (const state of ["inactive", "active", "inactive", "background", "background", "inactive", "unknown", "active"])
      appState.change(state);
    expect(told).toEqual(["rest", "background", "wake", "foreground"]);
  });

  it("[NAT9][T15] a network that comes, or another in its place, is tried at once; the first word and a loss are not", () => {
    const { network, told, appState } = createBench("active");
    network({ type: "wifi", isConnected: true });
    network({ type: "none", isConnected: false });
    expect(told).toEqual([]);
    network({ type: "wifi", isConnected: true });
    network({ type: "cellular", isConnected: true });
    expect(told).toEqual(["sync", "sync"]);
    appState.change("background");
    network({ type: "wifi", isConnected: true });
    expect(told).toEqual(["sync", "sync", "rest", "background"]);
  });

  it("[NAT6] a slice wakes, syncs and rests; the app's coming back in the middle takes the rest away", async () => {
    const bench = createBench("background");
    expect(bench.told.splice(0)).toEqual(["rest", "background"]);
    const first = bench.lifecycle.slice();
    bench.settle("done");
    expect(await first).toBe("synced");
    expect(bench.told.splice(0)).toEqual(["wake", "foreground", "sync", "rest", "background"]);
    const second = bench.lifecycle.slice();
    bench.appState.change("active");
    bench.settle("failed");
    expect(await second).toBe("failed");
    expect(bench.told).toEqual(["wake", "foreground", "sync", "wake", "foreground"]);
  });

  it("[NAT6] of two slices the later one rests; its limit ends a slice in the timer's own call", async () => {
    const bench = createBench("background");
    bench.told.splice(0);
    const first = bench.lifecycle.slice();
    const settleFirst = bench.settle;
    const second = bench.lifecycle.slice({ limitMs: 5 });
    settleFirst("done");
    expect(await first).toBe("synced");
    expect(bench.told).not.toContain("rest");
    bench.runTimers();
    expect(bench.told.slice(-2)).toEqual(["rest", "background"]);
    expect(await second).toBe("expired");
    bench.told.splice(0);
    bench.lifecycle.stop();
    expect([await bench.lifecycle.slice(), bench.told, bench.appState.listeners]).toEqual(["failed", ["deaf"], 0]);
  });
});
