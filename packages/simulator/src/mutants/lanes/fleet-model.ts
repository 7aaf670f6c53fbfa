/** The model of a large fleet: what is held to it are the bounds of a herd. */
import { fleetConfig } from "../../fleet-model/fleet-config.ts";
import { herdFailures } from "../../fleet-model/herd-bounds.ts";
import { runFleetModel } from "../../fleet-model/run-fleet-model.ts";
import type { OpenLane } from "./lane.ts";

const clients = 10_000;

export const openFleetModel: OpenLane = async () => async (seed) => {
  const [first] = herdFailures(runFleetModel(fleetConfig(clients, { seed })));
  return first === undefined ? undefined : { checker: "herd bounds", detail: first };
};
