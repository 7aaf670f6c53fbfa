import { useCallback, useEffect, useState } from "react";
import { useConflicts, useDeadLetters, useRecord, useStatus } from "../hooks.ts";
import type { Device } from "../model/device.ts";
import { accountId, settingsId, space } from "../model/schema.ts";
import { Badge } from "./Badge.tsx";
import { ConflictInspector } from "./ConflictInspector.tsx";
import { DeadLetters } from "./DeadLetters.tsx";
import { NoteEditor } from "./NoteEditor.tsx";
import { NoteList } from "./NoteList.tsx";
import { PlanPanel } from "./PlanPanel.tsx";
import { SettingsPanel } from "./SettingsPanel.tsx";
import { Watch } from "./Watch.tsx";
import { planNames, syncWords } from "./words.ts";

type PanelName = "settings" | "plan" | "conflicts" | "letters";

interface AppProps {
  readonly device: Device;
  /** The note that is looked at; the stage shows its vectors. */
  readonly onSelected: (id: string | undefined) => void;
}

export function App({ device, onSelected }: AppProps) {
  const [selected, setSelected] = useState<string | undefined>(undefined);
  const [panel, setPanel] = useState<PanelName | undefined>(undefined);
  const { record: settings } = useRecord(space, "settings", settingsId);
  const close = useCallback(() => setPanel(undefined), []);
  useEffect(() => onSelected(selected), [onSelected, selected]);
  if (device.kind === "watch") return <Watch onSelect={onSelected} />;
  return (
    <div className={`app ${selected === undefined ? "on-list" : "on-note"} text-${settings?.textSize ?? "medium"}`}>
      <TopBar onPanel={setPanel} />
      <main>
        <NoteList selected={selected} onSelect={setSelected} />
        {selected === undefined ? (
          <section className="editor empty" aria-label="No note chosen">
            <p className="quiet">Choose a note, or name a new one.</p>
          </section>
        ) : (
          <NoteEditor id={selected} onBack={() => setSelected(undefined)} onConflicts={() => setPanel("conflicts")} />
        )}
      </main>
      {panel === "settings" && <SettingsPanel onClose={close} />}
      {panel === "plan" && <PlanPanel onClose={close} />}
      {panel === "conflicts" && <ConflictInspector onClose={close} />}
      {panel === "letters" && <DeadLetters onClose={close} />}
    </div>
  );
}

function TopBar({ onPanel }: { readonly onPanel: (panel: PanelName) => void }) {
  const status = useStatus();
  const { conflicts } = useConflicts({ space });
  const { deadLetters } = useDeadLetters();
  const { record: account } = useRecord(space, "accounts", accountId);
  const plan = planNames[account?.plan ?? "free"];
  const said = syncWords(status);
  return (
    <header className="top-bar">
      <h1>Notes</h1>
      <p role="status" className="sync-state" title={said.long}>
        <Badge said={said} />
        <span className="visually-hidden">{said.long}</span>
      </p>
      <span className="spring" />
      {conflicts.length > 0 && (
        <button
          type="button"
          className="count attention"
          onClick={() => onPanel("conflicts")}
          aria-label={`${conflicts.length} changes not kept: look`}
        >
          {conflicts.length} not kept
        </button>
      )}
      {deadLetters.length > 0 && (
        <button
          type="button"
          className="count attention"
          onClick={() => onPanel("letters")}
          aria-label={`${deadLetters.length} refused: look`}
        >
          {deadLetters.length} refused
        </button>
      )}
      <button type="button" className="plan" onClick={() => onPanel("plan")} aria-label={`Your plan: ${plan}`}>
        ◆ {plan}
      </button>
      <button type="button" className="icon" onClick={() => onPanel("settings")} aria-label="Settings">
        ⚙
      </button>
    </header>
  );
}
