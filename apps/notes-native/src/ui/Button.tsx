import { Pressable, Text } from "react-native";
import { style } from "./style.ts";

export function Button({ label, onPress }: { readonly label: string; readonly onPress: () => void }) {
  return (
    <Pressable accessibilityRole="button" style={style.button} onPress={onPress}>
      <Text style={style.text}>{label}</Text>
    </Pressable>
  );
}
