import { useEffect, useRef, useState } from "react";
import { ScrollView, Text, TextInput, View } from "react-native";
import { space } from "../../../notes/src/model/schema.ts";
import { useRecord, useWrite } from "../hooks.ts";
import { Button } from "./Button.tsx";
import { Checklist } from "./Checklist.tsx";
import { SharedText } from "./SharedText.tsx";
import { style } from "./style.ts";
import { Tags } from "./Tags.tsx";

export function NoteEditor({ id, onBack }: { readonly id: string; readonly onBack: () => void }) {
  const { record: note, completeness } = useRecord(space, "notes", id);
  useCountOpening(id, note !== undefined);
  return (
    <ScrollView keyboardShouldPersistTaps="handled">
      <View style={style.row}>
        <Button label="Back" onPress={onBack} />
        {note !== undefined && <Text style={style.quiet}>Opened {String(note.opened)} times, on all devices together</Text>}
      </View>
      {note === undefined ? (
        <Text style={style.quiet}>{completeness === "loading" ? "Opening …" : "This note has been deleted."}</Text>
      ) : (
        <>
          <TitleField id={id} title={note.title} />
          <Tags note={note} />
          <SharedText id={id} />
          <Checklist note={note} />
        </>
      )}
    </ScrollView>
  );
}

/** Written when the person leaves the field: a register holds whole values, and each would be an entry in everybody's history. */
function TitleField({ id, title }: { readonly id: string; readonly title: string }) {
  const { write } = useWrite(space);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const save = (): void => {
    setTyped(undefined);
    if (typed !== undefined && typed !== title) void write((tx) => tx.notes.update(id, { title: typed }));
  };
  return (
    <TextInput
      style={style.field}
      value={typed ?? title}
      onChangeText={setTyped}
      onEndEditing={save}
      accessibilityLabel="Title"
      maxLength={200}
    />
  );
}

/** Once a visit. */
function useCountOpening(id: string, isThere: boolean): void {
  const { write } = useWrite(space);
  const counted = useRef("");
  useEffect(() => {
    if (!isThere || counted.current === id) return;
    counted.current = id;
    void write((tx) => tx.notes.counter(id, "opened").add(1));
  }, [id, isThere, write]);
}
