/** Sends and fetches while the app is not looked at, whenever the system gives it some seconds. */
import * as BackgroundTask from "expo-background-task";
import { defineTask } from "expo-task-manager";
import { openNotes } from "./replica.ts";

const taskName = "notes-sync";
/** iOS ends an app that is late; what the system says earlier holds. */
const limitMs = 20_000;
/** The least that the systems take. They decide. */
const intervalMinutes = 15;

defineTask(taskName, async () => {
  try {
    const replica = await openNotes();
    const outcome = await replica.backgroundSlice({ limitMs, expiry: BackgroundTask });
    // A slice whose time was up has kept what it did: nothing is wrong.
    return outcome === "failed" ? BackgroundTask.BackgroundTaskResult.Failed : BackgroundTask.BackgroundTaskResult.Success;
  } catch {
    return BackgroundTask.BackgroundTaskResult.Failed;
  }
});

export async function registerBackgroundSync(): Promise<void> {
  await BackgroundTask.registerTaskAsync(taskName, { minimumInterval: intervalMinutes });
}
