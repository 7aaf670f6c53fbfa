import type { Row } from "@holdfast/core";
import { useState } from "react";
import { FlatList, Pressable, Text, TextInput, View } from "react-native";
import { type NotesSchema, space } from "../../../notes/src/model/schema.ts";
import { useQuery, useWrite } from "../hooks.ts";
import { Button } from "./Button.tsx";
import { style } from "./style.ts";

type Note = Row<NotesSchema, "notes">;

export function NoteList({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const { rows, completeness } = useQuery(space, "notes", { orderBy: { pinned: "desc", title: "asc" } });
  const { write } = useWrite(space);
  const [title, setTitle] = useState("");
  const create = async (): Promise<void> => {
    const { value } = await write((tx) => tx.notes.create({ title: title.trim() }));
    setTitle("");
    onOpen(value);
  };
  return (
    <>
      <View style={style.row}>
        <TextInput style={style.field} value={title} onChangeText={setTitle} placeholder="Name a new note" maxLength={200} />
        <Button label="Add" onPress={() => void create()} />
      </View>
      <FlatList
        data={rows}
        keyExtractor={({ id }) => id}
        renderItem={({ item }) => <NoteLine note={item} onOpen={onOpen} />}
        ListEmptyComponent={<Text style={style.quiet}>{completeness === "loading" ? "Opening your notes …" : "No notes yet."}</Text>}
      />
    </>
  );
}

function NoteLine({ note, onOpen }: { readonly note: Note; readonly onOpen: (id: string) => void }) {
  const done = note.checklist.filter((item) => item.done).length;
  return (
    <Pressable accessibilityRole="button" style={style.line} onPress={() => onOpen(note.id)}>
      <Text style={style.text}>{note.title === "" ? "Untitled" : note.title}</Text>
      <Text style={style.quiet}>
        {[note.checklist.length === 0 ? "" : `${done} of ${note.checklist.length} done`, ...note.tags]
          .filter((part) => part !== "")
          .join(" · ")}
      </Text>
    </Pressable>
  );
}
