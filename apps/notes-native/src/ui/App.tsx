import { useEffect, useState } from "react";
import { Text, View } from "react-native";
import { registerBackgroundSync } from "../background.ts";
import { HoldfastProvider } from "../hooks.ts";
import { openNotes } from "../replica.ts";
import { Button } from "./Button.tsx";
import { Conflicts } from "./Conflicts.tsx";
import { NoteEditor } from "./NoteEditor.tsx";
import { NoteList } from "./NoteList.tsx";
import { StatusLine } from "./StatusLine.tsx";
import { style } from "./style.ts";

export function App() {
  // Where the system does not do background tasks, the notes are sent when the app is open.
  useEffect(() => void registerBackgroundSync().catch(() => undefined), []);
  return (
    <HoldfastProvider
      open={openNotes}
      fallback={<Text style={[style.page, style.quiet]}>Opening your notes …</Text>}
      failed={(error, retry) => (
        <View style={style.page}>
          <Text style={style.title}>Your notes could not be opened</Text>
          <Text style={style.text}>{error.message}</Text>
          <Text style={style.text}>{error.advice}</Text>
          <Button label="Try again" onPress={retry} />
        </View>
      )}
    >
      <Notes />
    </HoldfastProvider>
  );
}

type Page = { readonly kind: "list" } | { readonly kind: "note"; readonly id: string } | { readonly kind: "conflicts" };

function Notes() {
  const [page, setPage] = useState<Page>({ kind: "list" });
  const back = () => setPage({ kind: "list" });
  return (
    <View style={style.page}>
      <StatusLine onConflicts={() => setPage({ kind: "conflicts" })} />
      {page.kind === "list" && <NoteList onOpen={(id) => setPage({ kind: "note", id })} />}
      {page.kind === "note" && <NoteEditor id={page.id} onBack={back} />}
      {page.kind === "conflicts" && <Conflicts onBack={back} />}
    </View>
  );
}
