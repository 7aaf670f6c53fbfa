import { serveReplica } from "@holdfast/client/web/worker";
import { newerSchema } from "./newer-schema.ts";

serveReplica({ schema: newerSchema });
