import { Text, View } from "react-native";
import { space } from "../../../notes/src/model/schema.ts";
import { syncWords } from "../../../notes/src/ui/words.ts";
import { useConflicts, useStatus } from "../hooks.ts";
import { Button } from "./Button.tsx";
import { style } from "./style.ts";

export function StatusLine({ onConflicts }: { readonly onConflicts: () => void }) {
  const said = syncWords(useStatus());
  const { conflicts } = useConflicts({ space });
  return (
    <View style={style.row} accessibilityRole="header">
      <Text style={style.title}>Notes</Text>
      <Text
        style={[style.quiet, said.tone === "attention" && style.attention]}
        accessibilityLiveRegion="polite"
        accessibilityLabel={said.long}
      >
        {said.short}
      </Text>
      {conflicts.length > 0 && <Button label={`${conflicts.length} not kept`} onPress={onConflicts} />}
    </View>
  );
}
