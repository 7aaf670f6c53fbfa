/** A process to be killed: writes two records at a time, one title, and says so on its standard output when that is acknowledged. */
import { openReplica } from "../node/index.ts";
import { schema, space } from "./bed.ts";

const [path = "", round = ""] = process.argv.slice(2);
const replica = await openReplica({ schema, path, spaces: [space] });
for (let i = 0; ; i++) {
  const titles = await Promise.all(
    [0, 1, 2].map(async (n) => {
      const title = `${round}-${i}-${n}`;
      await replica.write(space, (tx) => {
        tx.notes.create({ title });
        tx.notes.create({ title, pinned: true });
      });
      return title;
    }),
  );
  process.stdout.write(titles.map((title) => `${title}\n`).join(""));
  await new Promise((resolve) => setImmediate(resolve));
}
