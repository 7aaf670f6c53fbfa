/**
 * The app stands in a repository whose packages are found by walking up, as sources. What Metro has to be told: where those are, that they are
 * TypeScript behind a condition of ours, and that there is one React.
 */
const path = require("node:path");
const { getDefaultConfig } = require("expo/metro-config");

const root = path.resolve(__dirname, "../..");
const config = getDefaultConfig(__dirname);

config.watchFolders = ["packages", "apps/notes/src", "node_modules"].map((folder) => path.join(root, folder));
config.resolver.unstable_conditionNames = ["holdfast-source", "react-native"];
// Expo looks into the packages of the workspace that it finds above; this app is none of its.
config.resolver.nodeModulesPaths = [path.join(__dirname, "node_modules"), path.join(root, "node_modules")];

// Peers: whoever asks for one gets the app's own.
const own = /^(react|react-native|expo-sqlite)(\/|$)/;
config.resolver.resolveRequest = (context, name, platform) => {
  // Yjs asks lib0 for randomness, and lib0 asks a package on React Native that no longer builds.
  if (name === "lib0/webcrypto") return { type: "sourceFile", filePath: path.join(__dirname, "src/webcrypto.ts") };
  if (own.test(name)) return context.resolveRequest({ ...context, originModulePath: path.join(__dirname, "index.ts") }, name, platform);
  return context.resolveRequest(context, name, platform);
};

module.exports = config;
