/** Whether a tab may work through this owner: both must have the same schema, or what one validates the other does not know (TAB9). */
export interface SchemaIdentity {
  readonly hash: string;
  readonly version: number;
}

/** `yield`: the tab's app is newer; the owner closes the store, so that the tab's own worker opens it. */
export type AttachDecision = "attach" | "refuse" | "yield";

export function decideAttach(owner: SchemaIdentity, tab: SchemaIdentity): AttachDecision {
  if (owner.hash === tab.hash) return "attach";
  return tab.version > owner.version ? "yield" : "refuse";
}
