/**
 * `npm run bench:tombstones`: a new replica receives a space of which much has been deleted long ago, beside one of which nothing has (F35).
 * `--live 10000 --tombstones 1000000`.
 */
import { parseArgs } from "node:util";
import { startRelay } from "./byte-relay.ts";
import { inDirectory } from "./directory.ts";
import { openBench, space, untilSynced } from "./replicas.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const { values } = parseArgs({
  options: { live: { type: "string", default: "10000" }, tombstones: { type: "string", default: "1000000" } },
});
const [live, tombstones] = [Number(values.live), Number(values.tombstones)];
const roundsPerSpace = 5;

interface Figures {
  readonly ms: number;
  readonly bytes: number;
}

async function bootstrap(server: ServerProcess, directory: string, round: number): Promise<Figures> {
  const relay = await startRelay(server.port);
  const start = performance.now();
  const replica = await openBench(directory, `replica-${round}`, relay.port);
  await untilSynced(replica);
  const ms = performance.now() - start;
  const { up, down } = relay.count();
  const count = await replica.space(space).notes.count();
  if (count !== live) throw new Error(`${count} of ${live} records arrived`);
  await replica.close();
  relay.close();
  return { ms, bytes: up + down };
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

const exit = await inDirectory("disk", (plainDirectory) =>
  inDirectory("disk", async (buriedDirectory) => {
    const [plain, buried] = [await startServer(plainDirectory), await startServer(buriedDirectory)];
    for (const server of [plain, buried]) await server.tell({ type: "fill", space, records: live });
    let since = performance.now();
    await buried.tell({ type: "bury", space, records: tombstones });
    process.stdout.write(`${tombstones.toLocaleString("en")} records came and went in ${seconds(since)}\n`);
    const uncollected = await bootstrap(buried, buriedDirectory, -1);
    process.stdout.write(`before they are collected: ${Math.round(uncollected.ms)} ms, ${uncollected.bytes} bytes\n`);
    since = performance.now();
    for (const server of [plain, buried]) await server.tell({ type: "compact", space });
    const held = await buried.tell({ type: "inspect", space });
    process.stdout.write(`collected in ${seconds(since)}: ${held.records} records and ${held.tombstones} tombstones are left\n`);
    const figures: [Figures[], Figures[]] = [[], []];
    // In turns, so that the machine's moods meet both.
    for (let round = 0; round < roundsPerSpace; round++) {
      figures[0].push(await bootstrap(plain, plainDirectory, round));
      figures[1].push(await bootstrap(buried, buriedDirectory, round));
    }
    for (const server of [plain, buried]) await server.stop();
    const [bytes, ms] = (["bytes", "ms"] as const).map((what) => figures.map((rounds) => median(rounds.map((each) => each[what]))));
    const worse = (pair: readonly number[] | undefined): number => (pair?.[1] ?? 0) / (pair?.[0] ?? 1);
    process.stdout.write(
      `bootstrap, median of ${roundsPerSpace}: ${bytes?.join(" and ")} bytes (${worse(bytes).toFixed(3)}), ` +
        `${ms?.map(Math.round).join(" and ")} ms (${worse(ms).toFixed(3)}); at most 1.1\n`,
    );
    return worse(bytes) > 1.1 || worse(ms) > 1.1 ? 1 : 0;
  }),
);
process.exitCode = exit;
