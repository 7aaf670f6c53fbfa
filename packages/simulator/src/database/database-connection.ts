/**
 * How one instance of r0, for one life, asks the database: each question travels, and so does its answer. A connection that is lost takes
 * the question along, or the answer of what was done, or lets the question arrive when nobody waits for it any more.
 */
import type { Process } from "../world/process.ts";
import type { World } from "../world/world.ts";
import { ConnectionLost, type DatabaseLife, type SharedDatabase } from "./shared-database.ts";

/** There was nobody to connect to: nothing was sent. */
export class ConnectionRefused extends Error {
  override readonly name = "ConnectionRefused";
}

export interface ConnectionParts {
  readonly world: World;
  readonly database: SharedDatabase;
  readonly process: Process;
  readonly delayMsMean: number;
}

/** What becomes of a question. */
type Fate = "answered" | "never arrives" | "arrives late" | "answer lost";

/** A question whose connection is gone may have been on its way for so long. */
const lateMsMean = 500;

export class DatabaseConnection {
  readonly #parts: ConnectionParts;
  #asked = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Rejects with `ConnectionLost` or `ConnectionRefused`, or with what the question has thrown. A dead instance hears nothing, and a suspended one later. */
  ask<T>(question: (life: DatabaseLife) => Promise<T>): Promise<T> {
    const { world, process, database, delayMsMean } = this.#parts;
    const draws = world.random("database", process.name, ++this.#asked);
    const fate = this.#fateOf(draws.next(), draws.next());
    const travel = (run: () => void): void => void world.schedule(draws.exponential(delayMsMean), run);
    return new Promise((resolve, reject) => {
      const answer = (tell: () => void): void => travel(() => process.effect(tell));
      const lost = (): void => answer(() => reject(new ConnectionLost("The connection is lost.")));
      const arrive = (): void => {
        const { life } = database;
        if (life === undefined) return answer(() => reject(new ConnectionRefused("The database is down.")));
        if (fate === "never arrives") return lost();
        if (fate === "arrives late") {
          world.schedule(draws.exponential(lateMsMean), () => {
            // One that begins anew knows nothing of old connections.
            if (database.life === life) void this.#put(life, question).catch(() => undefined);
          });
          return lost();
        }
        void this.#put(life, question).then(
          (told) => (fate === "answer lost" ? lost() : answer(() => resolve(told))),
          (error: unknown) => (error instanceof ConnectionLost || fate === "answer lost" ? lost() : answer(() => reject(error))),
        );
      };
      process.effect(() => travel(arrive));
    });
  }

  /** A database that dies answers nothing, whatever its last words were. */
  async #put<T>(life: DatabaseLife, question: (life: DatabaseLife) => Promise<T>): Promise<T> {
    try {
      return await Promise.race([question(life), life.ended]);
    } catch (error) {
      throw life.isAlive() ? error : new ConnectionLost("The database has gone.", { cause: error });
    }
  }

  #fateOf(drawn: number, kind: number): Fate {
    const { world, database } = this.#parts;
    if (drawn >= database.config.losePerAsk) return "answered";
    world.struck("connection to the database lost");
    return kind < 0.3 ? "never arrives" : kind < 0.5 ? "arrives late" : "answer lost";
  }
}
