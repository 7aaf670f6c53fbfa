// Typed rules for everything, and for the core the purity that its compiler options cannot see.
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const impureNames = [
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "TextEncoder",
  "TextDecoder",
  "structuredClone",
  "console",
];

const impureGlobals = impureNames.map((name) => ({
  name,
  message: "The core has no clock, timer, platform text codec or console: it comes in as an event or a port.",
}));

const noAsync = [
  "FunctionDeclaration[async=true]",
  "FunctionExpression[async=true]",
  "ArrowFunctionExpression[async=true]",
  "AwaitExpression",
  "ForOfStatement[await=true]",
].map((selector) => ({
  selector,
  message: "The core decides at once: waiting belongs to a shell. Only operation/transaction-builder.ts speaks to app code.",
}));

const everywhere = [
  { selector: "TSEnumDeclaration", message: "A union of strings instead: enums are not erasable." },
  { selector: "ExportDefaultDeclaration", message: "Exports have names, so that a search finds them." },
];

/** What Hermes has not, in code that apps on React Native bundle (F74). */
const hermesLacks = [
  ...["toSorted", "isWellFormed", "toWellFormed"].map((name) => [
    `CallExpression > MemberExpression.callee[property.name='${name}']`,
    `${name}()`,
  ]),
  ...["Object.groupBy", "Map.groupBy", "Promise.withResolvers"].map((name) => {
    const [object, property] = name.split(".");
    return [`MemberExpression[object.name='${object}'][property.name='${property}']`, name];
  }),
  ["FunctionDeclaration[async=true][generator=true], FunctionExpression[async=true][generator=true]", "async generators"],
  ["ForOfStatement[await=true]", "for await"],
  ["ImportExpression", "import()"],
  ["MetaProperty[meta.name='import']", "import.meta"],
  ["StaticBlock", "static blocks"],
  ["BinaryExpression[operator='in'][left.type='PrivateIdentifier']", "#name in"],
].map(([selector, what]) => ({ selector, message: `Hermes lacks ${what}: React Native apps bundle this file.` }));

const hermesLacksGlobals = [
  "TextDecoder",
  "structuredClone",
  "crypto",
  "Intl",
  "WeakRef",
  "FinalizationRegistry",
  "BroadcastChannel",
  "WebAssembly",
].map((name) => ({ name, message: "Hermes or React Native may lack it: take it through a port, or write it here." }));

const coreSyntax = [
  ...everywhere,
  ...hermesLacks,
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: "Randomness comes in the event or through a port." },
  { selector: "MemberExpression[object.name='globalThis']", message: "The core does not look around for a platform." },
];

export default defineConfig(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/*.generated.ts", "**/*_pb.*", "docs/**", ".demo/**", "**/*.cjs", "**/*.js"] },
  // Typed rules need its packages, which have a lock of their own: `npm run native` lints it.
  { ignores: ["apps/notes-native/**"] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: ["./tsconfig.tests.json", "./apps/*/tsconfig.json"], tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/prefer-readonly": "error",
      // The compiler finds unused names already (noUnusedLocals, noUnusedParameters).
      "@typescript-eslint/no-unused-vars": "off",
      // Ports have asynchronous shapes that a synchronous adapter fills.
      "@typescript-eslint/require-await": "off",
      // `${number}` and `${boolean}` are what messages are made of.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true, allowNever: true }],
      // What a promise was rejected with is passed on as it came.
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      "@typescript-eslint/only-throw-error": ["error", { allowThrowingUnknown: true, allowRethrowing: true }],
      "@typescript-eslint/no-base-to-string": [
        "error",
        { ignoredTypeNames: ["Error", "RegExp", "URL", "URLSearchParams", "YText", "Text"] },
      ],
      eqeqeq: "error",
      "no-restricted-syntax": ["error", ...everywhere],
    },
  },
  {
    files: ["packages/{client,react,tanstack-db}/src/**/*.ts"],
    ignores: ["**/*.test.ts", "**/testing/**", "packages/client/src/{node,web}/**"],
    rules: { "no-restricted-globals": ["error", ...hermesLacksGlobals], "no-restricted-syntax": ["error", ...everywhere, ...hermesLacks] },
  },
  {
    files: ["packages/core/src/**/*.ts"],
    ignores: ["**/*.test.ts", "**/reference/**"],
    rules: { "no-restricted-globals": ["error", ...impureGlobals], "no-restricted-syntax": ["error", ...coreSyntax, ...noAsync] },
  },
  {
    files: ["packages/core/src/operation/transaction-builder.ts"],
    rules: { "no-restricted-syntax": ["error", ...coreSyntax] },
  },
  {
    // Matchers such as expect.any() and JSON that a test reads back are `any`.
    files: ["**/*.test.ts", "**/testing/**", "**/reference/**"],
    rules: {
      ...Object.fromEntries(
        ["assignment", "member-access", "argument", "call", "return"].map((use) => [`@typescript-eslint/no-unsafe-${use}`, "off"]),
      ),
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-base-to-string": "off",
    },
  },
  // Rows read back are put into messages as they come.
  { files: ["e2e/**", "bench/**"], rules: { "@typescript-eslint/no-base-to-string": "off" } },
  { files: ["vitest.config.ts", "e2e/browser/vitest.config.ts", "apps/*/vite.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
