/** `replica.sql` of a page: it is checked here and runs at the owner. */
import { checkReadOnly, type SqlTag, toParameter } from "../../query/sql.ts";
import { equalValues } from "./equal-values.ts";
import type { Tab } from "./tab.ts";

export function createPageSql(tab: Tab, checkOpen: () => void, report: (error: unknown) => void): SqlTag {
  return (parts, ...values) => {
    const call = { parts: [...parts], values: values.map(toParameter) };
    const all = async (): Promise<readonly unknown[]> => {
      checkOpen();
      return tab.call<"sql">({ type: "sql", ...call });
    };
    return {
      all: async <Row>() => (await all()) as readonly Row[],
      first: async <Row>() => (await all())[0] as Row | undefined,
      subscribe<Row>(listener: (rows: readonly Row[]) => void) {
        checkOpen();
        checkReadOnly(parts.join("?"));
        let rows: readonly Row[] = [];
        let told = false;
        const stop = tab.subscribe({
          query: { type: "sql", ...call },
          restarted: () => undefined,
          received(message) {
            if (message.type !== "sql" || (told && equalValues(message.rows, rows))) return;
            told = true;
            rows = message.rows as readonly Row[];
            try {
              listener(rows);
            } catch (error) {
              report(error);
            }
          },
        });
        return {
          get rows() {
            return rows;
          },
          completeness: "local",
          stop,
        };
      },
    };
  };
}
