/** Which records have changes that the server has not answered. Asked again whenever their number changes. */
import { useEffect, useState } from "react";
import { useReplica, useStatus } from "../hooks.ts";
import { space } from "../model/schema.ts";

const none: ReadonlySet<string> = new Set();

export function usePendingRecords(): ReadonlySet<string> {
  const replica = useReplica();
  const { pending, sequence } = useStatus((status) => ({ pending: status.pending, sequence: status.spaces[space]?.sequence ?? 0 }));
  const [records, setRecords] = useState(none);
  useEffect(() => {
    if (pending === 0) return setRecords(none);
    let isCurrent = true;
    replica.inspect.pending(space).then(
      (writes) => {
        if (!isCurrent) return;
        const changed = writes.flatMap(({ payload }) => (payload.type === "write" ? payload.changes.map(({ record }) => record) : []));
        setRecords(new Set(changed));
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [replica, pending, sequence]);
  return records;
}
