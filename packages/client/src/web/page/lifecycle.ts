/**
 * What a browser does to a page, told to its tab. A page that is frozen or goes into the back-forward cache ends its worker before it
 * sleeps: a sleeping worker would keep the store's files from every other tab, and what it has acknowledged is on disk already.
 */
import { isVisible, listen, storageOf } from "../platform.ts";
import type { Tab } from "./tab.ts";

/** Gives back a function that ends it. */
export function followLifecycle(tab: Tab): () => void {
  const suspend = (): void => tab.dispatch({ type: "suspend" });
  const resume = (): void => tab.dispatch({ type: "resume" });
  const ends = [
    listen("window", "pagehide", suspend),
    listen("window", "pageshow", resume),
    listen("document", "freeze", suspend),
    listen("document", "resume", resume),
    listen("window", "online", () => tab.hint("online")),
    // The link is asked whether it lives: some browsers say so for any change of the network.
    listen("window", "offline", () => tab.hint("offline")),
    listen("document", "visibilitychange", () => isVisible() && tab.hint("visible")),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Whether the browser keeps the store until it is asked to remove it. It may ask the user; it may say no. */
export async function askPersistence(): Promise<boolean> {
  const storage = storageOf();
  try {
    if ((await storage?.persisted?.()) === true) return true;
    return (await storage?.persist?.()) === true;
  } catch {
    return false;
  }
}
