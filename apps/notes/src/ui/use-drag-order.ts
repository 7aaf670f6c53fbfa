/**
 * Dragging the rows of a list by a handle, with a mouse, a finger or a pen. The browser's own dragging knows no fingers; this one is
 * pointer events, captured by the handle. What is moved is named by its key: the list may change under the finger.
 */
import { type CSSProperties, type PointerEvent, type RefObject, useRef, useState } from "react";

interface Drag {
  readonly key: string;
  /** Where it would be put, among all rows. */
  readonly to: number;
  readonly byY: number;
}

/** Measured when the drag begins: rows stay where they are until it ends. */
interface Rows {
  readonly startY: number;
  readonly from: number;
  readonly middles: readonly number[];
  readonly height: number;
}

export interface DragOrder {
  readonly list: RefObject<HTMLUListElement | null>;
  handle(key: string): {
    readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    readonly onPointerUp: () => void;
    readonly onPointerCancel: () => void;
  };
  row(key: string, index: number): { readonly className: string | undefined; readonly style: CSSProperties | undefined };
}

export function useDragOrder(keys: readonly string[], move: (from: number, to: number) => void): DragOrder {
  const list = useRef<HTMLUListElement>(null);
  const rows = useRef<Rows | undefined>(undefined);
  const [drag, setDrag] = useState<Drag | undefined>(undefined);
  /** A pointer that goes up does not wait until its last move has been rendered. */
  const latest = useRef<Drag | undefined>(undefined);
  const show = (now: Drag | undefined): void => {
    latest.current = now;
    setDrag(now);
  };
  const end = (): void => {
    rows.current = undefined;
    show(undefined);
  };
  return {
    list,
    handle: (key) => ({
      onPointerDown(event) {
        if (event.button !== 0 || list.current === null) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const boxes = [...list.current.children].map((row) => row.getBoundingClientRect());
        const from = keys.indexOf(key);
        const middles = boxes.map(({ top, height }) => top + height / 2);
        rows.current = { startY: event.clientY, from, middles, height: boxes[from]?.height ?? 0 };
        show({ key, to: from, byY: 0 });
      },
      onPointerMove(event) {
        const measured = rows.current;
        if (measured === undefined) return;
        const byY = event.clientY - measured.startY;
        const at = (measured.middles[measured.from] ?? 0) + byY;
        const to = measured.middles.filter((middle, index) => index !== measured.from && middle < at).length;
        show({ key, to, byY });
      },
      onPointerUp() {
        const from = keys.indexOf(key);
        const put = latest.current;
        if (put !== undefined && from >= 0) move(from, Math.min(put.to, keys.length - 1));
        end();
      },
      onPointerCancel: end,
    }),
    row(key, index) {
      const measured = rows.current;
      if (drag === undefined || measured === undefined) return { className: undefined, style: undefined };
      if (drag.key === key) return { className: "is-dragged", style: { transform: `translateY(${drag.byY}px)` } };
      const { from, height } = measured;
      const shift = index > from && index <= drag.to ? -height : index < from && index >= drag.to ? height : 0;
      return { className: "makes-room", style: shift === 0 ? undefined : { transform: `translateY(${shift}px)` } };
    },
  };
}
