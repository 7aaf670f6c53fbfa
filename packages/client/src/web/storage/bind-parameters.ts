/**
 * Parameters of a statement, handed to SQLite's WebAssembly build as they are in its memory. What the build offers for it spells texts out
 * character by character, and asks of every value what it is several times over: half of what a first sync spent in SQLite.
 */
import type { Database, PreparedStatement, Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import type { SqlValue } from "@holdfast/core/engine";

/** The functions of C, as the module has them: pointers are numbers. */
interface Functions {
  sqlite3_bind_null(statement: number, index: number): number;
  sqlite3_bind_int(statement: number, index: number, value: number): number;
  sqlite3_bind_int64(statement: number, index: number, value: bigint): number;
  sqlite3_bind_double(statement: number, index: number, value: number): number;
  sqlite3_bind_text(statement: number, index: number, at: number, length: number, destructor: number): number;
  sqlite3_bind_blob(statement: number, index: number, at: number, length: number, destructor: number): number;
}

/** SQLite copies what it is given before the call returns. */
const transient = -1;
const placeBytesMin = 4_096;
/** A UTF-16 unit is at most three bytes of UTF-8: two of a pair are four together. */
const bytesPerUnitMax = 3;
/** Up to here, spelling ASCII out is cheaper than the encoder's call. */
const shortUnitsMax = 64;

export interface Binder {
  bind(statement: PreparedStatement, parameters: readonly SqlValue[]): void;
  /** Gives its place in the module's memory back. */
  release(): void;
}

export function createBinder({ wasm, oo1 }: Sqlite3Static, database: Database): Binder {
  const functions = wasm.exports as Functions;
  const encoder = new TextEncoder();
  let place = 0;
  let placeBytes = 0;
  const makeRoom = (bytes: number): void => {
    if (bytes <= placeBytes) return;
    const next = Math.max(bytes, 2 * placeBytes, placeBytesMin);
    wasm.dealloc(place);
    place = placeBytes = 0;
    place = wasm.alloc(next);
    placeBytes = next;
  };

  function writeText(text: string): number {
    makeRoom(text.length * bytesPerUnitMax);
    const heap = wasm.heap8u();
    if (text.length <= shortUnitsMax) {
      let at = 0;
      for (; at < text.length; at++) {
        const unit = text.charCodeAt(at);
        if (unit >= 0x80) break;
        heap[place + at] = unit;
      }
      if (at === text.length) return at;
    }
    return encoder.encodeInto(text, heap.subarray(place, place + placeBytes)).written;
  }

  function bindOne(statement: number, index: number, value: SqlValue): number {
    if (typeof value === "string") {
      const written = writeText(value);
      return functions.sqlite3_bind_text(statement, index, place, written, transient);
    }
    if (typeof value === "number") {
      if ((value | 0) === value) return functions.sqlite3_bind_int(statement, index, value);
      return Number.isSafeInteger(value)
        ? functions.sqlite3_bind_int64(statement, index, BigInt(value))
        : functions.sqlite3_bind_double(statement, index, value);
    }
    if (typeof value === "bigint") return functions.sqlite3_bind_int64(statement, index, value);
    if (value === null) return functions.sqlite3_bind_null(statement, index);
    // A place even for none: no pointer would be NULL.
    makeRoom(value.length);
    wasm.heap8u().set(value, place);
    return functions.sqlite3_bind_blob(statement, index, place, value.length, transient);
  }

  makeRoom(placeBytesMin);
  return {
    bind(statement, parameters) {
      const pointer = Number(statement.pointer);
      for (let at = 0; at < parameters.length; at++) oo1.DB.checkRc(database, bindOne(pointer, at + 1, parameters[at] as SqlValue));
    },
    release() {
      wasm.dealloc(place);
      place = placeBytes = 0;
    },
  };
}
