/** Runs on the VM, within bare.ts: one line for each thing that holds. */
declare const print: (text: string) => void;
declare const __called: string[];

type EntryPoints = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type OpenReplica = (options: object) => Promise<unknown>;
type Core = { readonly defineSchema: (spec: object) => object };

export async function checkBare(entries: EntryPoints): Promise<void> {
  for (const [name, entry] of Object.entries(entries)) print(`loaded ${name} ${Object.keys(entry).length}`);
  const schema = (entries["@holdfast/core"] as unknown as Core).defineSchema({ version: 1, collections: {} });
  for (const name of ["@holdfast/client/expo", "@holdfast/client/op-sqlite"]) {
    __called.length = 0;
    const { openReplica } = entries[name] as unknown as { readonly openReplica: OpenReplica };
    const outcome = await openReplica({ schema, path: "notes.db", spaces: ["s"] }).then(
      () => "it opened",
      (error: Error & { readonly code?: string }) => error.code ?? error.message,
    );
    print(`refused ${name} ${outcome} [${__called.join(", ")}]`);
  }
  print("end");
}
