/** What the browser's disk takes for one page written and flushed, with nothing around it. */
const pageBytes = 4_096;

addEventListener("message", ({ data }: MessageEvent<number>) => {
  void (async () => {
    const root = await navigator.storage.getDirectory();
    const file = (await root.getFileHandle("floor", { create: true })) as FileSystemFileHandle & {
      createSyncAccessHandle(): Promise<{ write(bytes: Uint8Array, at: { at: number }): number; flush(): void; close(): void }>;
    };
    const handle = await file.createSyncAccessHandle();
    const bytes = new Uint8Array(pageBytes);
    const samples: number[] = [];
    for (let n = 0; n < data; n++) {
      bytes.fill(n);
      const startMs = performance.now();
      handle.write(bytes, { at: n * pageBytes });
      handle.flush();
      samples.push(performance.now() - startMs);
    }
    handle.close();
    postMessage(samples);
  })();
});
