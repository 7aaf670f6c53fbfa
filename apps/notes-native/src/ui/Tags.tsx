import type { Row } from "@holdfast/core";
import { useState } from "react";
import { TextInput, View } from "react-native";
import { type NotesSchema, space } from "../../../notes/src/model/schema.ts";
import { useWrite } from "../hooks.ts";
import { Button } from "./Button.tsx";
import { style } from "./style.ts";

export function Tags({ note }: { readonly note: Row<NotesSchema, "notes"> }) {
  const { write } = useWrite(space);
  const [typed, setTyped] = useState("");
  const add = (): void => {
    const tag = typed.trim();
    setTyped("");
    if (tag !== "") void write((tx) => tx.notes.set(note.id, "tags").add(tag));
  };
  return (
    <View style={style.row}>
      {[...note.tags].map((tag) => (
        <Button key={tag} label={`${tag} ×`} onPress={() => void write((tx) => tx.notes.set(note.id, "tags").delete(tag))} />
      ))}
      <TextInput
        style={style.field}
        value={typed}
        onChangeText={setTyped}
        onSubmitEditing={add}
        placeholder="Add a tag"
        maxLength={40}
        autoCapitalize="none"
      />
    </View>
  );
}
