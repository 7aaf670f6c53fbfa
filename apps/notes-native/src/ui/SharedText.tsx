/** The note's text: typed by several people at once, on the web in a textarea, here in a TextInput. */
import { bindTextField, type TextState } from "@holdfast/react";
import { useEffect, useState } from "react";
import { Text, TextInput } from "react-native";
import { space } from "../../../notes/src/model/schema.ts";
import { useText } from "../hooks.ts";
import { PhoneField } from "./phone-field.ts";
import { style } from "./style.ts";

type SharedText = Extract<TextState, { kind: "open" }>["text"];

export function SharedText({ id }: { readonly id: string }) {
  const state = useText(space, "notes", id, "body");
  switch (state.kind) {
    case "loading":
      return <Text style={style.quiet}>Opening …</Text>;
    case "failed":
      return <Text style={style.attention}>{state.error.message}</Text>;
    case "open":
      return <BoundInput key={id} text={state.text} />;
  }
}

function BoundInput({ text }: { readonly text: SharedText }) {
  const [value, setValue] = useState(() => text.toString());
  const [field] = useState(() => new PhoneField(setValue));
  useEffect(() => bindTextField(field, text), [field, text]);
  return (
    <TextInput
      style={style.field}
      multiline
      value={value}
      onChangeText={(typed) => field.typed(typed)}
      accessibilityLabel="Text"
      placeholder="Write …"
    />
  );
}
