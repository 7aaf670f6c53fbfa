/** r0 goes back in time (trap 6): what it had confirmed since the backup is its authors' to bring back. */
import { random } from "../random.ts";
import type { ServerHost } from "../world/server-host.ts";
import type { Fault, Struck } from "./fault.ts";

const serverFile = "r0.db";
/** How often it is looked whether it is up. */
const whileDownMs = 500;

/** The backup is taken when the fault strikes; at its end the operator puts it back and starts a new epoch, and perhaps does so again later. */
export function restoreServer({ fleet, world }: Struck, { id, backMs, downMs, damaged, againMs }: Fault<"restore-server">): void {
  const { server } = fleet;
  const backup = server.disk.copy(`r0-${id}`);
  let { restores } = server;
  const stop = (forMs = downMs): void => server.die({ power: false, operations: 0, phase: "before", downMs: forMs });
  const putBack = (): void => {
    world.sometimes("r0 is put back to an earlier state");
    server.beforeStart(() => {
      server.putBack(backup.copy(`r0-${id}-again-${server.restores}`));
      ({ restores } = server);
    });
    stop();
  };
  // Restored meanwhile, it has another history: nobody puts back a backup of the one that was given up.
  const isGivenUp = (): boolean => server.restores !== restores || server.restoring || world.isSettled;
  const goBack = (): void => {
    server.restoring = true;
    fleet.serverGoesBack();
  };
  /** What it loses is read off it first. */
  const whenUp = (run: () => void): void => {
    if (isGivenUp()) return;
    if (server.storePort === undefined) world.schedule(whileDownMs, () => whenUp(run));
    else run();
  };
  const goBackFirst = (): void => {
    goBack();
    if (againMs !== undefined)
      world.schedule(downMs + againMs, () =>
        whenUp(() => {
          world.sometimes("r0 is put back to the same backup again");
          goBack();
          putBack();
        }),
      );
    if (!damaged) return putBack();
    damage(server, `${world.seed}-${id}`);
    stop(1);
    // Until then it is started again and again, and says why it does not.
    world.schedule(downMs, putBack);
  };
  world.schedule(backMs, () => whenUp(goBackFirst));
}

/** Beyond repair, and beyond doubt: the header is no header, and there is no log. */
function damage(server: ServerHost, key: string): void {
  const { disk } = server;
  disk.unlink(`${serverFile}-wal`);
  const file = disk.open(serverFile, false);
  if (file !== undefined) disk.write(file, random(key, "damage").bytes(512), 0);
}
