/** A replica in the hands of an operation: everything passes through, and is told for the checkers and in words. */
import type { SchemaSpec } from "@holdfast/core/engine";
import type { Confirmation, Decision, Replica } from "@holdfast/client";
import { type AnySchema, HoldfastError } from "@holdfast/core";
import type { Answer, AppReplica } from "./app.ts";
import { recordTransaction } from "./recorded-writer.ts";
import { describeEffects, describeValue } from "./describe-effects.ts";
import type { Effect, ToldTransaction } from "./told-transaction.ts";
import type { WorkloadReplica } from "./workload.ts";

export interface Observed {
  readonly replica: WorkloadReplica<AnySchema>;
  /** All answers that the operation waits for. Resolves with the first that is not a plain yes. */
  answered(): Promise<Answer>;
}

interface Observing {
  readonly schema: SchemaSpec;
  readonly replica: AppReplica;
  readonly told: ToldTransaction[];
  readonly say: (words: string) => void;
}

export function observeReplica({ schema, replica, told, say }: Observing): Observed {
  const answers: Promise<Answer>[] = [];
  const begin = (type: ToldTransaction["type"], space: string): ToldTransaction => {
    const begun: ToldTransaction = { type, space, effects: [], isAcknowledged: false, answer: undefined };
    told.push(begun);
    return begun;
  };
  const follow = (transaction: ToldTransaction, answer: Promise<Answer>): void => {
    transaction.isAcknowledged = true;
    answers.push(
      answer.then((heard) => {
        transaction.answer = heard;
        return heard;
      }),
    );
  };
  const write: Replica<never>["write"] = async (space, run) => {
    const transaction = begin("write", space);
    try {
      const written = await replica.write(space, (tx) => {
        const effects: Effect[] = [];
        transaction.effects = effects;
        return run(recordTransaction(schema, tx, (effect) => effects.push(effect)));
      });
      say(`writes ${describeEffects(transaction.effects)}`);
      follow(transaction, written.confirmed);
      return written;
    } catch (error) {
      if (isRefusedByDevice(error)) transaction.effects = [];
      throw error;
    }
  };
  const request = async (space: string, intent: string, input: unknown): ReturnType<AppReplica["request"]> => {
    const transaction = begin("request", space);
    const requested = await replica.request(space, intent as never, input);
    say(`requests ${intent} ${describeValue(input)}`);
    follow(transaction, requested.decided.then(toAnswer));
    return requested;
  };
  return {
    replica: {
      write,
      request,
      space: (space) => replica.space(space),
      status: () => replica.status(),
      conflicts: replica.conflicts,
      deadLetters: replica.deadLetters,
    },
    async answered() {
      const heard = await Promise.all(answers);
      return heard.find(({ status }) => status !== "confirmed") ?? { status: "confirmed" };
    },
  };
}

/** Before anything has changed: such a write is not on the disk, and never will be. */
export function isRefusedByDevice(error: unknown): boolean {
  return error instanceof HoldfastError && error.origin === "caller";
}

function toAnswer(decision: Decision): Confirmation {
  return decision.status === "accepted" ? { status: "confirmed" } : decision;
}
