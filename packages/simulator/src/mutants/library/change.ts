/** What changes under a fleet's feet: r0 put back to a backup, schemas that move on, values at the edges. */
import type { Mutant } from "../mutant.ts";
import {
  calm,
  copiedAndJudgedAnew,
  copiesUnderNewIds,
  copyGoesOnWithoutTheLost,
  crowd,
  mixedVersions,
  people,
  putBackAndUpgraded,
  restoreServer,
  restoreServerTwice,
  upgrade,
} from "./directions.ts";

const applyWelcome = "packages/client/src/apply/apply-welcome.ts";
const value = "packages/core/src/base/value.ts";

const wentBack = { faults: [restoreServer], faultsCount: 2, devices: 3, durationMs: 60_000, network: calm } as const;
const mixed = {
  effects: ["memo", "paint", "rename", "count"],
  targets: 2,
  faults: [upgrade],
  faultsCount: 3,
  devices: 3,
  durationMs: 60_000,
  network: calm,
  config: { people: mixedVersions },
} as const;
/** What the old r0 has refused comes again, long after, to one that was put back, and that is a newer version by then. */
const broughtAgain = {
  ...mixed,
  effects: ["size", "rename"],
  faults: [putBackAndUpgraded],
  faultsCount: 1,
  network: { ...calm, httpPerConnection: 1, doublePerRequest: 0.9 },
} as const;
const edges = { ...crowd, effects: ["odd", "refused odd", "count"], faults: [] } as const;

export const changeMutants: readonly Mutant[] = [
  {
    id: "epoch-ignored",
    protects: "A new epoch makes the cursors of the old one void",
    ids: ["T6", "F09"],
    file: applyWelcome,
    find: `  const isNewEpoch = context.epoch !== message.epoch;`,
    replace: `  const isNewEpoch = context.epoch === "" && context.epoch !== message.epoch;`,
    also: [
      {
        file: "packages/core/src/sync/cursor.ts",
        find: `        if (compareBytes(found, tag) !== 0) reader.fail`,
        replace: `        if (found.length !== tag.length) reader.fail`,
      },
    ],
    directed: wentBack,
  },
  {
    id: "lost-not-offered-again",
    protects: "What r0 had confirmed and lost is pushed again",
    ids: ["T6", "D1"],
    file: applyWelcome,
    find: `    if (welcomed.mark < row.settledThrough) rewind(`,
    replace: `    if (welcomed.mark < 0) rewind(`,
    directed: wentBack,
  },
  {
    id: "confirmed-not-kept",
    protects: "A device keeps what was confirmed last, for a server that loses it",
    ids: ["T6"],
    file: "packages/client/src/apply/apply-pushed.ts",
    find: `[space, message.mark - context.limits.confirmedKeptMax]`,
    replace: `[space, message.mark]`,
    directed: wentBack,
  },
  {
    id: "restored-clock-behind",
    protects: "After a restore r0's clock stands above every stamp that was lost",
    ids: ["T6", "O4"],
    file: "packages/core/src/sync/server-store.ts",
    find: `export const epochLamportStep = 2 ** 20;`,
    replace: `export const epochLamportStep = 0;`,
    directed: wentBack,
  },
  {
    id: "lost-stamps-refused",
    protects: "A restored r0 takes stamps of an epoch that is lost: a backup is put back twice",
    ids: ["T6", "F26"],
    file: "packages/server/src/open-context.ts",
    find: `    lamportLost: lamportLostMax(meta),`,
    replace: `    lamportLost: 0,`,
    directed: { ...wentBack, faults: [restoreServerTwice], faultsCount: 1 },
  },
  {
    id: "judged-anew-unheard",
    protects: "What a restored r0 refuses when one copy of a file says it again is refused to the other copies, too",
    ids: ["T4", "T6", "F26"],
    file: "packages/client/src/apply/refused-anew.ts",
    find: `  if (entries.length === 0) return undefined;`,
    replace: `  if (entries.length >= 0) return undefined;`,
    directed: { ...wentBack, faults: [copiedAndJudgedAnew], faultsCount: 1, effects: ["count"], config: { people } },
  },
  {
    id: "former-names-ignored",
    protects: "What copies of a file bring back to a restored r0 under several ids counts once",
    ids: ["T4", "T6", "F25", "F26"],
    file: "packages/server/src/pipeline/former-names.ts",
    find: `  const namedByReplica = context.restored ? gather(fresh) : new Map<ReplicaId, Named[]>();`,
    replace: `  const namedByReplica = context.limits.pushBytesMax < 0 ? gather(fresh) : new Map<ReplicaId, Named[]>();`,
    directed: { ...wentBack, faults: [copiesUnderNewIds], faultsCount: 1, devices: 2, writers: 4, effects: ["count", "forbidden"] },
  },
  {
    id: "removed-names-forgotten",
    protects: "What was removed by its first name stays so, where it comes back to a restored r0 by another",
    ids: ["T4", "T6", "F26"],
    file: "packages/server/src/pipeline/renamed-adds.ts",
    find: `  if (own.length > 0) appendOwn(`,
    replace: `  if (own.length < 0) appendOwn(`,
    directed: {
      ...wentBack,
      faults: [copyGoesOnWithoutTheLost],
      faultsCount: 1,
      devices: 2,
      writers: 3,
      effects: ["tag", "untag", "step", "unstep"],
      targets: 1,
    },
  },
  {
    id: "restored-contexts-bounded",
    protects: "A restored r0 takes contexts that name what it has lost",
    ids: ["T6"],
    file: "packages/server/src/open-context.ts",
    find: `    restored: meta.epochs > 1,`,
    replace: `    restored: false,`,
    directed: wentBack,
  },
  {
    id: "late-push-decided",
    protects: "A push that was on its way when r0 was put back to a backup is not decided",
    ids: ["T3", "T6", "F12", "F26"],
    file: "packages/server/src/session/session.ts",
    find: `    if (message.epochTag !== undefined && message.epochTag !== epochTagOf(this.#host.epoch))`,
    replace: `    if (message.epochTag !== undefined && message.epochTag !== epochTagOf(this.#host.epoch) && retryAfterMs(this.#host) < 0)`,
    directed: broughtAgain,
  },
  {
    id: "newer-app-refused",
    protects: "r0 passes on what an app newer than itself has written",
    ids: ["T17"],
    file: "packages/core/src/sync/admission-operation.ts",
    find: `  const isNewer = schemaVersion > rules.schema.version;`,
    replace: `  const isNewer = schemaVersion < 0;`,
    directed: mixed,
  },
  {
    id: "unknown-fields-dropped",
    protects: "An old app keeps the fields that it does not know",
    ids: ["T17"],
    file: "packages/client/src/store/record-store.ts",
    find: `  const bytes = encodeRecordState(store.lattices, state);
  store.states.set(bytes, state);`,
    replace: `  const names = new Set([...store.schema.collections.values()].flatMap(({ fields }) => [...fields.keys()]));
  const known = new Map([...state.fields].filter(([key]) => names.has(key.slice(key.indexOf("/") + 1))));
  const bytes = encodeRecordState(store.lattices, { ...state, fields: known });`,
    directed: mixed,
  },
  {
    id: "unknown-rows-stay-hidden",
    protects: "What an old app had to set aside is shown after its update",
    ids: ["T17"],
    file: "packages/client/src/store/open-store.ts",
    find: `      if (hash !== undefined) writeMeta(port, \`fill:\${name}\`, before === undefined ? fillFromHidden : fillFromTable);\n`,
    replace: "",
    directed: mixed,
  },
  {
    id: "half-surrogates-kept",
    protects: "Text with half a surrogate pair or NUL is refused before anything has changed",
    ids: ["T19"],
    file: value,
    find: `      if (!isWellFormedText(input)) throw new Unkeepable("Text holds NUL or half of a surrogate pair.");\n`,
    replace: "",
    directed: edges,
  },
  {
    id: "proto-assigned",
    protects: "A property named __proto__ is a property like any other",
    ids: ["T19"],
    file: value,
    find: `  if (key === "__proto__") Object.defineProperty(`,
    replace: `  if (key === "") Object.defineProperty(`,
    directed: edges,
  },
  {
    id: "nan-kept",
    protects: "NaN and the infinities are no values",
    ids: ["T20"],
    file: value,
    find: `      if (!Number.isFinite(input)) throw new Unkeepable(\`\${input} is not a number that can be kept.\`);\n`,
    replace: "",
    directed: edges,
  },
];
