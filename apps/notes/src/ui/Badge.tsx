import type { Said } from "./words.ts";

export function Badge({ said }: { readonly said: Said }) {
  return (
    <span className={`badge ${said.tone}`} title={said.long}>
      <span className="dot" aria-hidden="true" />
      {said.short}
    </span>
  );
}
