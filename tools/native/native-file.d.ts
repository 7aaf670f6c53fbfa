/** The name by which the bundle reaches the client's own imitation of a native file. */
declare module "native-file" {
  export interface OpenCounts {
    connections: number;
    statements: number;
    running: number;
    transactions: number;
  }
  export class NativeFile {
    constructor(path: string, counts: OpenCounts, isCipher: boolean);
    columnsOf(sql: string): string[];
    query(sql: string, parameters: readonly unknown[]): { rows: unknown[][] };
    close(): void;
  }
  export class NativeFileError extends Error {
    readonly errcode: number;
    readonly sentence: string;
  }
}
