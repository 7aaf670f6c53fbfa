/** A hunt in a process of its own: the engine is loaded with the mutant's patch in it, and tried until something is wrong. `start-hunt.ts` listens. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { HuntMessage, HuntRequest } from "./hunt.ts";
import type { Finding, OpenLane } from "./lanes/lane.ts";
import { findMutant } from "./library.ts";
import { applyPatch, type Lane, type Mutant, patchesOf } from "./mutant.ts";

/** Loaded after the hook is in place: each brings the engine along. */
const lanes: Readonly<Record<Lane, () => Promise<OpenLane>>> = {
  swarm: async () => (await import("./lanes/swarm.ts")).openSwarm,
  crash: async () => (await import("./lanes/crash.ts")).openCrash,
  exhaustive: async () => (await import("./lanes/exhaustive.ts")).openExhaustive,
  "fleet-model": async () => (await import("./lanes/fleet-model.ts")).openFleetModel,
};

const request = JSON.parse(process.argv[2] ?? "") as HuntRequest;
let now = { seed: request.start, tried: 0 };

// What nobody catches is a finding too: an app would have died of it.
process.on("uncaughtException", (error) => tell({ type: "found", ...now, finding: uncaught(error), seconds: seconds() }));
const mutant = findMutant(request.mutant);
if (request.mutated) mutate(mutant);
tell(await hunt(mutant));

/** Its files are loaded with their patches; everything else as it stands. Types are stripped afterwards, as ever. */
function mutate(mutated: Mutant): void {
  const patches = patchesOf(mutated).map((patch) => ({
    ...patch,
    path: fileURLToPath(new URL(`../../../../${patch.file}`, import.meta.url)),
  }));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const here = url.startsWith("file:") ? patches.filter(({ path }) => path === fileURLToPath(url)) : [];
      if (here.length === 0) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: here.reduce((text, patch) => applyPatch(patch, text), source) };
    },
  });
}

async function hunt({ lane = "swarm", directed }: Mutant): Promise<HuntMessage> {
  const open = await lanes[lane]();
  const attempt = await open({ direction: request.directed ? directed : undefined, shrinkMsMax: request.shrinkMsMax });
  let tried = 0;
  for (let seed = request.start; tried < request.seedsMax && seconds() < request.secondsMax; seed++) {
    now = { seed, tried: tried + 1 };
    process.send?.({ type: "trying", ...now } satisfies HuntMessage);
    const finding = await attempt(seed);
    if (finding !== "skipped") tried++;
    if (finding !== undefined && finding !== "skipped") return { type: "found", ...now, finding, seconds: seconds() };
  }
  return { type: "nothing", tried, seconds: seconds() };
}

function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function uncaught(error: unknown): Finding {
  const detail = error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" ") : String(error);
  return { checker: "the process", detail };
}

/** The last word: nothing that the engine still has under way may follow it. */
function tell(message: HuntMessage): void {
  if (process.send === undefined) console.log(JSON.stringify(message));
  else process.send(message, () => process.exit(0));
}
