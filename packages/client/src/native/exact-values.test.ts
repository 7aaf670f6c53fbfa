import fc from "fast-check";
import type { SqlValue } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { bindExactly, mayBeRounded, toSqlRows, widened } from "./exact-values.ts";

const run = { seed: 20261123, numRuns: 500 };

/** Pieces of SQL in which a question mark is none. */
const silent = fc.constantFrom(" a ", "'it''s ?'", '"na?me"', "`x?`", "[y?]", "-- ?\n", "/* ? */", "''", ", ", "(");
const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.double({ noNaN: true }),
  fc.string(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 2 }),
);

describe("values through the bridge", () => {
  it("[NAT1][T20] what a bridge cannot carry goes as text with a cast at its own mark, and everything else stays as it is", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(silent, value), { maxLength: 6 }), silent, (parts, end) => {
        const cast = (each: SqlValue): string =>
          typeof each === "bigint" ? "(+CAST(? AS INTEGER))" : each instanceof Uint8Array && each.length === 0 ? "(+CAST(? AS BLOB))" : "?";
        const sql = parts.map(([text]) => `${text}?`).join("") + end;
        const bound = bindExactly(
          sql,
          parts.map(([, each]) => each),
        );
        expect(bound.sql).toBe(parts.map(([text, each]) => text + cast(each)).join("") + end);
        expect(bound.parameters).toEqual(
          parts.map(([, each]) => (typeof each === "bigint" ? String(each) : each instanceof Uint8Array && each.length === 0 ? "" : each)),
        );
      }),
      run,
    );
  });

  it("[NAT1] a numbered mark is that parameter's, wherever it stands, and as often as it stands", () => {
    expect(bindExactly("SELECT ?2, ?1, ?2, ?", [1n, "x", 3n])).toEqual({
      sql: "SELECT ?2, (+CAST(?1 AS INTEGER)), ?2, (+CAST(? AS INTEGER))",
      parameters: ["1", "x", "3"],
    });
  });

  it("[NAT1] an integer is asked for again only where a number may have been rounded, and is then a bigint", () => {
    const safe = { columns: ["a"], rows: [[2 ** 53 - 1], [0.5], [null], ["9007199254740993"]] };
    expect(mayBeRounded(safe)).toBe(false);
    const result = { columns: ["a", "b"], rows: [[2 ** 53, 1e300]] };
    expect(mayBeRounded(result)).toBe(true);
    const wide = { columns: ["x", "y"], rows: [["9007199254740993", null]] };
    expect(toSqlRows(result, wide)).toEqual([{ a: 9007199254740993n, b: 1e300 }]);
    expect(toSqlRows({ columns: ["a"], rows: [[7]] }, { columns: ["a"], rows: [["7"]] })).toEqual([{ a: 7 }]);
    expect(widened("SELECT 1 -- x", 1)).toBe(
      "WITH _wide(c0) AS (SELECT 1 -- x\n) SELECT CASE typeof(c0) WHEN 'integer' THEN CAST(c0 AS TEXT) END FROM _wide",
    );
  });
});
