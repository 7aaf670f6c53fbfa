import { serveReplica } from "@holdfast/client/web/worker";
import { schema } from "../schema.ts";

serveReplica({ schema });
