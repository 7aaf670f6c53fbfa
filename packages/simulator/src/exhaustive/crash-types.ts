/** Which effects of the fleet's own app stand for which data type. */
export const crashTypes: readonly { readonly type: string; readonly effects: readonly string[] }[] = [
  { type: "register", effects: ["rename"] },
  { type: "counter", effects: ["count"] },
  { type: "set", effects: ["tag"] },
  { type: "list", effects: ["step"] },
  { type: "text", effects: ["type"] },
  { type: "record", effects: ["draft", "erase"] },
  { type: "arbitrated", effects: ["spend"] },
];
