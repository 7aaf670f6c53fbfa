/** One data type's whole small world. */
import { enumerateHistories, type Scope } from "./enumerate.ts";
import { Judge, type Verdicts } from "./judge.ts";

/** All histories of up to `scope.writes` writes. */
export function runScope(scope: Scope): Verdicts {
  const judge = new Judge();
  for (let writes = 1; writes <= scope.writes; writes++) for (const end of enumerateHistories({ ...scope, writes })) judge.judge(end);
  return judge.verdicts;
}
