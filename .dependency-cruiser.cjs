// The layers as rules (docs/decisions/0002-layers.md). Type-only imports count: a cycle of types is a cycle.
/**
 * Inside the core a layer imports itself and the layers before it. A layer is a folder, but for two: what an operation looks like stands
 * below the lattices that apply it, and the types of a transaction stand with the schema that they are inferred from.
 */
const coreLayers = [
  ["base", "base/"],
  ["ports", "ports/"],
  ["causality", "causality/"],
  ["operation-form", "operation/operation\\.ts$"],
  ["lattice", "lattice/(?!record-view)"],
  ["schema-form", "schema/schema\\.ts$|lattice/record-view\\.ts$"],
  ["schema", "schema/|operation/typed-transaction\\.ts$"],
  ["operation", "operation/"],
  ["wire", "wire/"],
  ["resilience", "resilience/"],
  ["sync", "sync/"],
  ["arbitration", "arbitration/"],
];

/** The files of the layers before `index`, which a file of that layer's pattern may also match. */
const below = (index) => coreLayers.slice(0, index).map(([, files]) => files);
const inCore = (patterns) => `^packages/core/src/(${patterns.join("|")})`;

const coreRules = coreLayers.map(([layer, files], index) => ({
  name: `core-${layer}`,
  comment: `the core's layer "${layer}" imports itself and: ${
    coreLayers
      .slice(0, index)
      .map(([name]) => name)
      .join(", ") || "nothing"
  }`,
  severity: "error",
  from: { path: inCore([files]), pathNot: ["\\.test\\.ts$|/reference/|/testing/", ...(index === 0 ? [] : [inCore(below(index))])] },
  to: { path: "^packages/core/src/", pathNot: inCore([...below(index), files]) },
}));

const test = "\\.test\\.ts$|/testing/|/reference/";
const adapters = "^packages/(client/src/(node|web|expo|op-sqlite)|server/src/(sqlite|postgres|redis|web-push|mobile-push))/";
const programs = "^(packages/cli|bench|e2e|tools)/";

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "resolvable",
      comment: "But for the packages that only an app on React Native has: their shapes are declared in *.d.ts beside the adapters",
      severity: "error",
      // Its packages are installed by `npm run native`, whose compiler finds them or says so.
      from: { pathNot: "^apps/notes-native/" },
      to: { couldNotResolve: true, pathNot: "^(expo-sqlite|@op-engineering/op-sqlite|react-native|fast-check-itself|native-file)$" },
    },
    ...coreRules,
    { name: "core-pure", severity: "error", from: { path: "^packages/core/src/", pathNot: test }, to: { dependencyTypes: ["core"] } },
    { name: "core-alone", severity: "error", from: { path: "^packages/core/" }, to: { path: "^packages/(?!core/)" } },
    {
      name: "client-only-core",
      severity: "error",
      from: { path: "^packages/client/", pathNot: test },
      to: { path: "^packages/(?!client/|core/)" },
    },
    {
      name: "server-only-core",
      severity: "error",
      from: { path: "^packages/server/", pathNot: test },
      to: { path: "^packages/(?!server/|core/)" },
    },
    { name: "client-not-server", severity: "error", from: { path: "^packages/client/" }, to: { path: "^packages/(server|cli)/" } },
    { name: "server-not-client", severity: "error", from: { path: "^packages/server/" }, to: { path: "^packages/(client|cli)/" } },
    {
      name: "conformance-only-core",
      severity: "error",
      from: { path: "^packages/conformance/" },
      to: { path: "^packages/(?!conformance/|core/)" },
    },
    {
      name: "bindings-only-client",
      comment: "What an app's framework needs stands on the public interface of a replica, whatever host it lives in",
      severity: "error",
      from: { path: "^packages/(react|tanstack-db)/", pathNot: test },
      to: { path: "^packages/(?!$1/|core/src/index\\.ts$|client/src/index\\.ts$)" },
    },
    { name: "nothing-imports-cli", severity: "error", from: { pathNot: programs }, to: { path: "^packages/cli/" } },
    {
      name: "adapters-by-programs",
      comment: "An adapter is imported where a program is put together, by tests, and inside its own entry point",
      severity: "error",
      from: { path: "^packages/(core|client|server|conformance)/src/", pathNot: `${test}|${adapters}` },
      to: { path: adapters },
    },
    {
      name: "adapters-apart",
      severity: "error",
      from: { path: "^packages/([^/]+)/src/(node|web|expo|op-sqlite|sqlite|postgres|redis|web-push|mobile-push)/", pathNot: test },
      to: { path: adapters, pathNot: "^packages/$1/src/$2/" },
    },
    {
      name: "entry-points-only",
      comment: "A package is entered by its entry points, never by a path into it",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: {
        path: "^packages/[^/]+/",
        pathNot:
          "^packages/$1/|^packages/[^/]+/src/(index|engine|main)\\.ts$|^packages/client/src/(node|web|expo|op-sqlite)/(index|worker)\\.ts$|^packages/server/src/(sqlite|postgres|redis|web-push|mobile-push)/index\\.ts$|^packages/conformance/src/(postgres|redis)/index\\.ts$",
      },
    },
    {
      name: "entry-points-only-for-programs",
      severity: "error",
      from: { path: "^(bench|e2e|tools)/" },
      to: {
        path: "^packages/[^/]+/",
        pathNot:
          "^packages/[^/]+/src/(index|engine|main)\\.ts$|^packages/client/src/(node|web|expo|op-sqlite)/(index|worker)\\.ts$|^packages/server/src/(sqlite|postgres|redis|web-push|mobile-push)/index\\.ts$|^packages/conformance/src/(postgres|redis)/index\\.ts$",
      },
    },
    { name: "no-test-in-code", severity: "error", from: { pathNot: test }, to: { path: test } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules)/|^docs/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.tests.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["holdfast-source", "import", "node", "default", "types"] },
  },
};
