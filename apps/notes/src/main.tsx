/** The app: a replica of this device's own, and the pages over it. */
import { openReplica } from "@holdfast/client/web";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HoldfastProvider } from "./hooks.ts";
import { createDevicePort } from "./stage/device-port.ts";
import { readDevice } from "./model/device.ts";
import { schema, space } from "./model/schema.ts";
import { App } from "./ui/App.tsx";
import { applyStoredTheme } from "./ui/use-theme.ts";
import "./ui/app.css";

const device = readDevice(new URL(location.href));
const port = createDevicePort(device, (name) => new Worker(new URL("./replica.worker.ts", import.meta.url), { type: "module", name }));
applyStoredTheme();
document.documentElement.dataset["device"] = device.kind;

const open = async () => {
  const replica = await openReplica({
    schema,
    name: device.name,
    server: device.server,
    spaces: [space],
    auth: () => Promise.resolve(device.kind),
    worker: port.createWorker,
    onError: (error) => console.error(error),
  });
  port.opened(replica);
  return replica;
};

createRoot(document.querySelector("#root") as HTMLElement).render(
  <StrictMode>
    <HoldfastProvider
      open={open}
      fallback={<p className="quiet opening">Opening your notes …</p>}
      failed={(error, retry) => (
        <div className="opening" role="alert">
          <h1>Your notes could not be opened</h1>
          <p>{error.message}</p>
          <p>{error.advice}</p>
          <button type="button" className="primary" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    >
      <App device={device} onSelected={port.select} />
    </HoldfastProvider>
  </StrictMode>,
);

if (!device.onStage && "serviceWorker" in navigator && import.meta.env.PROD) void navigator.serviceWorker.register("/service-worker.js");
