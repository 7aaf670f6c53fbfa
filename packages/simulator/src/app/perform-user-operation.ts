/** One planned operation of any app: one of its own, a drawn write, or a drawn request. */
import type { AnySchema } from "@holdfast/core";
import type { PlannedOperation } from "../plan/plan.ts";
import type { Step } from "./draw-steps.ts";
import { unpackValue } from "./packed-value.ts";
import { performSteps } from "./perform-steps.ts";
import type { AnyTransaction } from "./recorded-writer.ts";
import type { OperationContext, Workload, WorkloadReplica } from "./workload.ts";

/** Words of a plan. An app's own operation may bear the same name: it comes first. */
export const drawnWrite = "write";
export const drawnRequest = "request";

export async function performUserOperation(
  workload: Workload,
  replica: WorkloadReplica<AnySchema>,
  { effect, target, input }: PlannedOperation,
  context: OperationContext,
): Promise<void> {
  const own = workload.operations?.[effect];
  if (own !== undefined) await own.run(replica as never, context);
  else if (effect === drawnRequest) await replica.request(context.space, target as never, unpackValue(input));
  else await replica.write(context.space, (tx) => performSteps(tx as unknown as AnyTransaction, input as readonly Step[]));
}
