import { serveReplica } from "@holdfast/client/web/worker";
import { workloadSchema } from "../../harness/workload-schema.ts";

serveReplica({ schema: workloadSchema });
