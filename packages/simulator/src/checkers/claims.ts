/** What can be had once is granted once: a seat's holder is the one request that was accepted, and every other was refused. */
import type { EndingChecker } from "./checker.ts";

export const checkClaims: EndingChecker = ({ space, oracle, endings }) =>
  endings.flatMap(({ device, view }) => {
    const wrong: string[] = [];
    const granted = new Map<string, string>();
    for (const [id, seat] of view.claims) {
      const other = granted.get(seat);
      if (other !== undefined) wrong.push(`${device}: seat ${seat} is granted to ${other} and to ${id}`);
      granted.set(seat, id);
      if (view.seats.get(seat) !== id)
        wrong.push(`${device}: seat ${seat} is granted to ${id}, and held by ${String(view.seats.get(seat))}`);
      if (oracle.tried.get(id)?.effect !== "claim") wrong.push(`${device}: claim ${id} is of no request`);
      if (oracle.answers.get(id) === "refused") wrong.push(`${device}: claim ${id} was refused, and is granted`);
    }
    for (const [seat, holder] of view.seats)
      if (holder !== "" && granted.get(seat) !== holder)
        wrong.push(`${device}: seat ${seat} is held by ${holder}, to whom nobody granted it`);
    for (const [id, answer] of oracle.answers) {
      const operation = oracle.tried.get(id);
      if (
        operation?.effect === "claim" &&
        operation.space === space &&
        answer === "confirmed" &&
        !view.claims.has(id) &&
        !oracle.forgivable.has(id)
      )
        wrong.push(`${device}: claim ${id} was accepted, and is not there`);
    }
    return wrong;
  });
