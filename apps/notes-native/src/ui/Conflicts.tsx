/** What resolutions did not keep: one press brings it back. */
import { FlatList, Text, View } from "react-native";
import { space } from "../../../notes/src/model/schema.ts";
import { conflictWords } from "../../../notes/src/ui/words.ts";
import { useConflicts } from "../hooks.ts";
import { Button } from "./Button.tsx";
import { style } from "./style.ts";

export function Conflicts({ onBack }: { readonly onBack: () => void }) {
  const { conflicts, restore, dismiss } = useConflicts({ space });
  return (
    <>
      <Button label="Back" onPress={onBack} />
      <FlatList
        data={conflicts}
        keyExtractor={({ id }) => String(id)}
        ListEmptyComponent={<Text style={style.quiet}>Nothing: every change was kept.</Text>}
        renderItem={({ item }) => {
          const { about, lost } = conflictWords(item);
          return (
            <View style={style.line}>
              <Text style={style.text}>{`Two devices changed ${about} while apart. Kept aside: ${lost}`}</Text>
              <View style={style.row}>
                <Button label={item.field === "" ? "Delete it after all" : "Show this one instead"} onPress={() => void restore(item.id)} />
                <Button label="Fine as it is" onPress={() => void dismiss(item.id)} />
              </View>
            </View>
          );
        }}
      />
    </>
  );
}
