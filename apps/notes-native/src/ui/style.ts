import { StyleSheet } from "react-native";

export const style = StyleSheet.create({
  page: { flex: 1, paddingTop: 56, paddingHorizontal: 16, backgroundColor: "#fbfaf7" },
  row: { flexDirection: "row", alignItems: "center", gap: 8, flexWrap: "wrap" },
  line: { paddingVertical: 12, borderBottomWidth: StyleSheet.hairlineWidth, borderColor: "#c9c4b8" },
  title: { fontSize: 20, fontWeight: "600", color: "#1d1b16" },
  text: { fontSize: 16, color: "#1d1b16" },
  quiet: { fontSize: 14, color: "#5f5a4e" },
  attention: { color: "#8c2f10" },
  field: { fontSize: 16, color: "#1d1b16", padding: 10, borderWidth: 1, borderColor: "#c9c4b8", borderRadius: 8, flexGrow: 1 },
  button: { paddingVertical: 10, paddingHorizontal: 14, borderRadius: 8, backgroundColor: "#e7e2d5" },
});
