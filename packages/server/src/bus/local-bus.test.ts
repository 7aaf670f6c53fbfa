import { describeBus } from "@holdfast/conformance";
import { describe, it } from "vitest";
import { createLocalBus } from "./local-bus.ts";

describeBus({ describe, it }, "in one process", async () => {
  const bus = createLocalBus();
  return { here: bus, there: bus, settled: async () => {}, dispose: () => bus.close() };
});
