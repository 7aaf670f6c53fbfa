/** The floor of a socket server: bare `ws`, which echoes what it gets, or hands one client's message to all others. */
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, clientTracking: true });
server.on("connection", (socket, request) => {
  const broadcasts = request.url === "/broadcast";
  socket.on("message", (data, isBinary) => {
    if (!broadcasts) return socket.send(data, { binary: isBinary });
    for (const other of server.clients) if (other !== socket) other.send(data, { binary: isBinary });
  });
});
server.on("listening", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.({ rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000 });
});
process.on("disconnect", () => process.exit(0));
