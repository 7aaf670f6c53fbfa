import ts from "typescript";
import { describe, expect, it } from "vitest";
import { readText } from "./repository.ts";

/** The members of `type NAME = "a" | "b"` in a source text. */
function unionMembers(source: string, name: string): readonly string[] {
  const members: string[] = [];
  for (const statement of ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest).statements) {
    if (!ts.isTypeAliasDeclaration(statement) || statement.name.text !== name || !ts.isUnionTypeNode(statement.type)) continue;
    for (const member of statement.type.types)
      if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) members.push(member.literal.text);
  }
  return members;
}

describe("error codes", () => {
  it("[TIDY5] are the ones in the table of docs/spec/errors.md, each once", () => {
    const codes = unionMembers(readText("packages/core/src/base/error.ts"), "ErrorCode");
    expect(codes.length).toBeGreaterThan(10);
    const rows = [...readText("docs/spec/errors.md").matchAll(/^\| `([a-z-]+)` \|/gm)].map((row) => row[1] as string);
    expect([...rows].sort()).toEqual([...codes].sort());
  });
});
