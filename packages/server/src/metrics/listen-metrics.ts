/**
 * `/metrics` on a port of its own, on the loopback unless told: figures say how many users there are and when, and the port that devices use
 * is open to the world. `/health` and `/ready` are here too, for whoever watches from inside.
 */
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnySchema } from "@holdfast/core/engine";
import type { Server } from "../server.ts";
import type { Listening } from "../http/listen.ts";
import type { Metrics } from "./metrics.ts";

export interface MetricsListenOptions<S extends AnySchema> {
  readonly server: Server<S>;
  readonly metrics: Metrics;
  /** 0: any. */
  readonly port: number;
  /** 127.0.0.1 unless told. */
  readonly host?: string;
}

export async function listenMetrics<S extends AnySchema>({
  server,
  metrics,
  port,
  host = "127.0.0.1",
}: MetricsListenOptions<S>): Promise<Listening> {
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === "/health") return send(response, 200, "application/json", JSON.stringify({ status: "ok" }));
    if (path !== "/ready" && path !== "/metrics") return send(response, 404, "text/plain", "There are /metrics, /ready and /health.");
    const readiness = await server.readiness();
    if (path === "/ready") return send(response, readiness.ready ? 200 : 503, "application/json", JSON.stringify(readiness));
    return send(response, 200, metrics.contentType, await metrics.read(server.gauges(), readiness.ready));
  };
  const http = createHttpServer((request, response) => {
    answer(new URL(request.url ?? "/", "http://localhost").pathname, response).catch(() =>
      send(response, 500, "text/plain", "The figures could not be read."),
    );
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve();
    });
  });
  const address = http.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "Content-Type": contentType, "Cache-Control": "no-store" });
  response.end(body);
}
