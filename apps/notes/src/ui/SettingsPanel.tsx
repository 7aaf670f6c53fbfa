/** Settings that go with the person to every device; the theme stays with the device, which knows its light best. */
import { useRecord, useStatus, useWrite } from "../hooks.ts";
import { settingsId, space } from "../model/schema.ts";
import { Panel } from "./Panel.tsx";
import { type Theme, useTheme } from "./use-theme.ts";

export function SettingsPanel({ onClose }: { readonly onClose: () => void }) {
  const { record: settings } = useRecord(space, "settings", settingsId);
  const { write } = useWrite(space);
  const { theme, setTheme } = useTheme();
  const { durability } = useStatus();
  const change = (patch: { readonly textSize?: "small" | "medium" | "large"; readonly order?: "title" | "opened" }): void => {
    void write((tx) =>
      settings === undefined ? void tx.settings.create(patch, { id: settingsId }) : tx.settings.update(settingsId, patch),
    );
  };
  return (
    <Panel title="Settings" onClose={onClose}>
      <fieldset>
        <legend>On all your devices</legend>
        <label>
          Text size
          <select value={settings?.textSize ?? "medium"} onChange={(event) => change({ textSize: event.target.value as "medium" })}>
            <option value="small">Small</option>
            <option value="medium">Medium</option>
            <option value="large">Large</option>
          </select>
        </label>
        <label>
          Order of notes
          <select value={settings?.order ?? "title"} onChange={(event) => change({ order: event.target.value as "title" })}>
            <option value="title">By title</option>
            <option value="opened">Most opened first</option>
          </select>
        </label>
      </fieldset>
      <fieldset>
        <legend>On this device</legend>
        <label>
          Colours
          <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
            <option value="system">As the system</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
      </fieldset>
      <p className="quiet">
        {durability.kind === "disk"
          ? `Every change is on this device's disk before it is shown as written. ${durability.persistent ? "The browser keeps the disk until you remove it." : "The browser may clear it when space runs out: install the app to prevent that."}`
          : "This browser gives the app no disk: what you write is gone with the tab, unless it has been sent."}
      </p>
    </Panel>
  );
}
