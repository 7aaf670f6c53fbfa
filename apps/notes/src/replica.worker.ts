import { serveReplica } from "@holdfast/client/web/worker";
import { runtimeOfName } from "./model/clock.ts";
import { schema } from "./model/schema.ts";

serveReplica({ schema, runtime: runtimeOfName(self.name) });
