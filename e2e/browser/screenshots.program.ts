/** `npm run screenshots`: the notes app in each of its states, both themes and a phone's width, into docs/guide/images. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTempDir } from "../harness/temp-dir.ts";
import { type AppBed, buildNotesApp, openAppBed } from "./harness/stage.ts";

const images = fileURLToPath(new URL("../../docs/guide/images", import.meta.url));
const phoneViewport = { width: 390, height: 844 };

const directory = createTempDir("screenshots");
mkdirSync(images, { recursive: true });
const appDirectory = await buildNotesApp(directory);

for (const theme of ["light", "dark"] as const) {
  const bed = await openAppBed({ appDirectory, colorScheme: theme });
  const shoot = async (name: string): Promise<void> => {
    await bed.page.waitForTimeout(800);
    await bed.page.screenshot({ path: `${images}/notes-${name}-${theme}.png`, fullPage: true });
    console.log(`notes-${name}-${theme}.png`);
  };
  await bed.openStagePage();
  await bed.agreed();
  await shoot("in-step");
  await writeApart(bed);
  await shoot("apart");
  for (const device of ["Tablet", "Phone", "Watch"] as const) await bed.press(device, "Airplane mode");
  await bed.agreed();
  await bed
    .app("Tablet")
    .getByRole("button", { name: /changes not kept/ })
    .click();
  await bed
    .app("Phone")
    .getByText(/The server says/)
    .waitFor();
  await shoot("agreed-with-a-conflict");
  await refuse(bed);
  await shoot("refused");
  await bed.close();

  const cut = await openAppBed({ appDirectory, colorScheme: theme });
  await cut.openStagePage();
  await cut.agreed();
  await breakThings(cut);
  await cut.page.waitForTimeout(800);
  await cut.page.screenshot({ path: `${images}/notes-cut-${theme}.png`, fullPage: true });
  console.log(`notes-cut-${theme}.png`);
  await cut.close();

  const phone = await openAppBed({ appDirectory, viewport: phoneViewport, colorScheme: theme });
  const snap = async (name: string): Promise<void> => {
    await phone.page.waitForTimeout(600);
    await phone.page.screenshot({ path: `${images}/notes-phone-${name}-${theme}.png` });
    console.log(`notes-phone-${name}-${theme}.png`);
  };
  await phone.page.goto(`${phone.url}/`);
  await phone.page.getByText("Weekend in the mountains").waitFor();
  await snap("list");
  await phone.page.getByRole("button", { name: /Weekend/ }).click();
  await snap("note");
  await phone.page.getByRole("button", { name: "Settings" }).click();
  await snap("settings");
  await phone.page.goto(`${phone.url}/stage.html`);
  await phone.page.frameLocator('iframe[title="Phone"]').getByText("Groceries").waitFor();
  await snap("stage");
  await phone.close();
}
directory.remove();

/** Phone and tablet rename one note while apart, and each buys a plan that the credits are enough for only once. */
async function writeApart(bed: AppBed): Promise<void> {
  for (const device of ["Phone", "Tablet", "Watch"] as const) await bed.press(device, "Airplane mode");
  for (const [device, title] of [
    ["Phone", "Groceries for Saturday"],
    ["Tablet", "Groceries for the hut"],
  ] as const) {
    const app = bed.app(device);
    await app.getByRole("button", { name: /Groceries/ }).click();
    await app.getByLabel("Title").fill(title);
    await app.getByLabel("Text").fill(device === "Phone" ? "Ask Mara about the cheese.\n" : "No glass bottles.\n");
    await app.getByLabel("Add an item").fill(device === "Phone" ? "Cheese" : "Chocolate");
    await app.getByLabel("Add an item").press("Enter");
  }
  await bed.app("Watch").getByRole("button", { name: "Buy Plus" }).click();
  await bed.app("Phone").getByRole("button", { name: "Your plan" }).click();
  await bed
    .app("Phone")
    .getByRole("button", { name: /Pro for/ })
    .click();
}

/** The watch has bought Plus, the phone Pro: whoever came second is told why not, and finds it in the list. */
async function refuse(bed: AppBed): Promise<void> {
  const tablet = bed.app("Tablet");
  await tablet.getByRole("button", { name: "Close" }).click();
  await tablet.getByRole("button", { name: "Your plan" }).click();
  await tablet.getByRole("button", { name: /Plus for/ }).click();
  await tablet.getByText(/The server says no/).waitFor();
  await bed.app("Phone").getByRole("button", { name: "Close" }).click();
}

/** The server is down, the tablet off, the phone's clock ten years ahead, and somebody goes on writing. */
async function breakThings(bed: AppBed): Promise<void> {
  await bed.press("Phone", "Clock +10 years");
  await bed.around("Phone").getByText("worker number 2").waitFor();
  await bed.page.getByRole("button", { name: "Take the server down" }).click();
  await bed.press("Tablet", "Power off");
  const phone = bed.app("Phone");
  await phone.getByRole("button", { name: /Weekend/ }).click();
  await phone.getByLabel("Text").fill("Written in the dark.\n");
  await phone.getByRole("checkbox", { name: "Tickets" }).click();
  await phone.getByText("On this device").first().waitFor();
  await bed
    .around("Phone")
    .getByText(/changes wait/)
    .waitFor();
}
