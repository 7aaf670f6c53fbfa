/** What `holdfast simulate` is asked. */
import { faultGroups, type UserModules } from "@holdfast/simulator";
import { CommandError, readArguments, readWholeNumber } from "../command-line.ts";

export const simulateHelp = `Usage: holdfast simulate --schema MODULE [--server MODULE] [--workload MODULE] [--seeds N] [--devices N]
                         [--faults LIST] [--report FILE.html] [--start S] [--jobs J] [--json]
       holdfast simulate --schema MODULE … --replay FILE.json [--report FILE.html]

Runs whole fleets of your app in one process, with the real engine, your rules and a simulated world: devices are killed, lose power,
fill their disks, come back from backups; links break; clocks jump. Every run follows from its seed, and repeats.

  --schema MODULE    exports \`schema\`; may export what --server does, as for \`holdfast serve\`
  --server MODULE    exports authenticate, authorize and arbiters; loaded anew at every start of the server
  --workload MODULE  exports \`workload\`, made by defineWorkload: users, operations, invariants.
                     Without it, one user writes and requests what fits your schema.
  --seeds N          so many runs                                       (100)
  --start S          the first seed                                     (1)
  --devices N        devices in each run                                (3)
  --faults LIST      all, none, or some of these, with commas between   (all)
                     ${faultGroups.join(", ")}
  --failures N       no further seed after so many have failed          (none)
  --shrink SECONDS   for making one failing run small                   (60)
  --report FILE      a page with pictures; plans that failed are kept beside it
  --replay FILE      runs such a plan again
  --jobs J           processes that share the work                      (one a processor)
  --json             the figures, for programs

Exit code 1: something does not hold. Failing runs are made as small as they get, and told.`;

export interface SimulateOptions {
  readonly modules: UserModules;
  readonly seeds: number;
  readonly start: number;
  readonly devices: number;
  /** Undefined: all. */
  readonly faults: readonly string[] | undefined;
  readonly jobs: number | undefined;
  readonly failures: number | undefined;
  readonly shrinkSeconds: number;
  readonly report: string | undefined;
  readonly replay: string | undefined;
  readonly json: boolean;
}

const seedsMax = 10_000_000;
const devicesMax = 20;
const jobsMax = 256;

export function readSimulateOptions(args: readonly string[]): SimulateOptions {
  const text = { type: "string" } as const;
  const { values } = readArguments(
    "simulate",
    args,
    {
      ...{ schema: text, server: text, workload: text, seeds: text, start: text, devices: text, faults: text },
      ...{ report: text, replay: text, jobs: text, failures: text, shrink: text, json: { type: "boolean" } },
    },
    [],
  );
  const { schema, server, workload, report, replay } = values;
  if (schema === undefined)
    throw new CommandError("Which app?", "Name the module that exports its schema: `holdfast simulate --schema app/schema.ts`.");
  const whole = (name: "seeds" | "start" | "devices" | "jobs" | "failures" | "shrink", min: number, max: number): number | undefined =>
    readWholeNumber(name, values[name], { min, max });
  return {
    modules: { schema, server, workload },
    seeds: whole("seeds", 1, seedsMax) ?? 100,
    start: whole("start", 0, Number.MAX_SAFE_INTEGER - seedsMax) ?? 1,
    devices: whole("devices", 1, devicesMax) ?? 3,
    faults: readFaults(values.faults ?? "all"),
    jobs: whole("jobs", 1, jobsMax),
    failures: whole("failures", 1, seedsMax),
    shrinkSeconds: whole("shrink", 1, 86_400) ?? 60,
    report,
    replay,
    json: values.json === true,
  };
}

function readFaults(text: string): readonly string[] | undefined {
  if (text === "all") return undefined;
  if (text === "none") return [];
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !faultGroups.includes(name));
  if (unknown === undefined) return names;
  throw new CommandError(`--faults names "${unknown}".`, `There are all, none, and ${faultGroups.join(", ")}.`);
}
