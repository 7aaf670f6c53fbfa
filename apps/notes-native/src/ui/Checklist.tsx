import type { Row } from "@holdfast/core";
import { useState } from "react";
import { Pressable, Text, TextInput, View } from "react-native";
import { type NotesSchema, space } from "../../../notes/src/model/schema.ts";
import { useWrite } from "../hooks.ts";
import { Button } from "./Button.tsx";
import { style } from "./style.ts";

export function Checklist({ note }: { readonly note: Row<NotesSchema, "notes"> }) {
  const { write } = useWrite(space);
  const [typed, setTyped] = useState("");
  const items = note.checklist;
  const add = (): void => {
    const label = typed.trim();
    setTyped("");
    if (label !== "") void write((tx) => tx.notes.list(note.id, "checklist").push({ label, done: false }));
  };
  /** What the person sees at `index` is the item that is meant, also if the list has changed under the finger. */
  const toggle = (index: number): void => {
    const seen = items[index];
    if (seen === undefined) return;
    void write(async (tx) => {
      const entries = await tx.notes.items(note.id, "checklist");
      const entry = entries[index]?.value.label === seen.label ? entries[index] : entries.find(({ value }) => value.label === seen.label);
      if (entry !== undefined) tx.notes.list(note.id, "checklist").set(entry.key, { ...entry.value, done: !seen.done });
    });
  };
  return (
    <View>
      {items.map((item, index) => (
        <Pressable
          key={`${item.label} ${items.slice(0, index).filter(({ label }) => label === item.label).length}`}
          style={style.line}
          accessibilityRole="checkbox"
          accessibilityState={{ checked: item.done }}
          onPress={() => toggle(index)}
        >
          <Text style={style.text}>{`${item.done ? "☑" : "☐"} ${item.label}`}</Text>
        </Pressable>
      ))}
      <View style={style.row}>
        <TextInput
          style={style.field}
          value={typed}
          onChangeText={setTyped}
          onSubmitEditing={add}
          placeholder="Add an item"
          maxLength={200}
        />
        <Button label="Add" onPress={add} />
      </View>
    </View>
  );
}
