/** Tabs that are opened, closed, reloaded, frozen, killed and crashed at random over one store, and what they were told meanwhile. */
import type { CDPSession } from "playwright-core";
import { keyedRandom } from "../../harness/keyed-random.ts";
import { createTab, type Device, freeze, type Tab } from "./browser.ts";
import type { OpenRequest } from "../pages/page.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly forMs: number;
  readonly everyMs: number;
  readonly tabsMax: number;
  readonly writeEveryMs: number;
  readonly url: string;
  readonly open: OpenRequest;
}

export interface ChaosReport {
  readonly acknowledged: ReadonlySet<string>;
  readonly failures: readonly string[];
  readonly opens: number;
  readonly openMsMax: number;
  /** The longest time in which no tab at all had a write acknowledged, while two or more were awake. */
  readonly silenceMsMax: number;
  readonly waitMsMax: number;
  readonly actions: Readonly<Record<string, number>>;
  readonly tabs: readonly Tab[];
}

interface Living extends Tab {
  readonly session: CDPSession;
  readonly name: string;
  thaw?: () => Promise<void>;
  state: "opening" | "awake" | "frozen" | "gone";
}

type Action = "open" | "close" | "reload" | "freeze" | "thaw" | "kill-worker" | "crash";

export async function runChaos(device: Device, options: ChaosOptions): Promise<ChaosReport> {
  const random = keyedRandom(options.seed);
  const acknowledged = new Set<string>();
  const failures: string[] = [];
  const actions: Record<string, number> = {};
  const tabs: Living[] = [];
  let opens = 0;
  let openMsMax = 0;
  let waitMsMax = 0;
  let silenceMsMax = 0;
  let lastMs = performance.now();
  let named = 0;
  const awake = (): readonly Living[] => tabs.filter(({ state }) => state === "awake");

  await device.context.exposeFunction("acknowledged", (id: string) => {
    if (id.startsWith("failed")) failures.push(id);
    else acknowledged.add(id);
    const nowMs = performance.now();
    silenceMsMax = Math.max(silenceMsMax, nowMs - lastMs);
    lastMs = nowMs;
  });

  const begin = async (tab: Living): Promise<void> => {
    tab.state = "opening";
    try {
      const { openMs } = await tab.open(options.open);
      opens++;
      openMsMax = Math.max(openMsMax, openMs);
      await tab.call("startWriting", `${tab.name}-${++named}`, options.writeEveryMs);
      if (tab.state === "opening") tab.state = "awake";
    } catch (error) {
      if (tab.state === "opening") failures.push(`failed to open: ${String(error)}`);
    }
  };
  const remember = async (tab: Living): Promise<void> => {
    await bounded(
      tab.call("longestMs").then((longestMs) => {
        waitMsMax = Math.max(waitMsMax, longestMs);
      }),
    );
  };
  const perform: Record<Action, (tab: Living) => Promise<void>> = {
    async open() {
      const page = await device.context.newPage();
      await page.goto(options.url);
      const living: Living = Object.assign(createTab(page), {
        session: await device.context.newCDPSession(page),
        name: `tab${tabs.length}`,
        state: "opening" as const,
      });
      tabs.push(living);
      void begin(living);
    },
    async close(tab) {
      await remember(tab);
      tab.state = "gone";
      await tab.page.close();
    },
    async reload(tab) {
      await remember(tab);
      tab.state = "opening";
      await tab.page.reload();
      void begin(tab);
    },
    async freeze(tab) {
      await remember(tab);
      tab.state = "frozen";
      tab.thaw = await freeze(tab.page);
    },
    async thaw() {
      const frozen = tabs.find(({ state }) => state === "frozen");
      if (frozen === undefined) return;
      await frozen.thaw?.();
      frozen.state = "awake";
    },
    "kill-worker": async (tab) => {
      await tab.call("killWorker");
    },
    async crash(tab) {
      await remember(tab);
      tab.state = "gone";
      // Neither is answered by a page that has crashed.
      void tab.session.send("Page.crash").catch(() => undefined);
      await pause(crashMs);
      void tab.page.close().catch(() => undefined);
    },
  };
  const choose = (): Action => {
    const living = tabs.filter(({ state }) => state !== "gone").length;
    const draw = random.next();
    if (living < 3 || (draw < 0.3 && living < options.tabsMax)) return "open";
    if (awake().length < 3) return draw < 0.6 ? "thaw" : "open";
    const others: readonly Action[] = ["close", "reload", "freeze", "thaw", "kill-worker", "crash"];
    return others[Math.floor(random.next() * others.length)] as Action;
  };

  await perform.open(undefined as never);
  await perform.open(undefined as never);
  const endMs = performance.now() + options.forMs;
  lastMs = performance.now() + options.everyMs * 10;
  while (performance.now() < endMs) {
    const action = choose();
    const candidates = awake();
    const tab = candidates[Math.floor(random.next() * candidates.length)];
    if (tab === undefined && action !== "open" && action !== "thaw") {
      await pause(options.everyMs);
      continue;
    }
    if (action === "open" && tabs.filter(({ state }) => state !== "gone").length >= options.tabsMax) {
      await pause(options.everyMs);
      continue;
    }
    actions[action] = (actions[action] ?? 0) + 1;
    if (!(await bounded(perform[action](tab as Living)))) failures.push(`failed to ${action} ${tab?.name ?? ""} in ${actionMsMax} ms`);
    await pause(options.everyMs);
  }
  for (const tab of tabs)
    if (tab.state === "frozen") {
      await tab.thaw?.();
      tab.state = "awake";
    }
  await pause(options.everyMs * 5);
  for (const tab of awake()) await remember(tab);
  return {
    acknowledged,
    failures,
    opens,
    openMsMax,
    waitMsMax,
    silenceMsMax,
    actions,
    tabs: awake(),
  };
}

const actionMsMax = 5_000;
const crashMs = 100;

/** Whether it was done in time: a page that is going away answers nothing. */
function bounded(action: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    action.then(
      () => true,
      () => true,
    ),
    pause(actionMsMax).then(() => false),
  ]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
