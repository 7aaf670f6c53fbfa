/** `system`, or what the person chose for this device. */
import { useCallback, useEffect, useState } from "react";

export type Theme = "system" | "light" | "dark";

const key = "theme";

function readTheme(): Theme {
  const wanted = new URL(location.href).searchParams.get("theme") ?? localStorage.getItem(key);
  return wanted === "light" || wanted === "dark" ? wanted : "system";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function useTheme(): { readonly theme: Theme; readonly setTheme: (theme: Theme) => void } {
  const [theme, setState] = useState(readTheme);
  useEffect(() => applyTheme(theme), [theme]);
  const setTheme = useCallback((next: Theme) => {
    localStorage.setItem(key, next);
    setState(next);
  }, []);
  return { theme, setTheme };
}

export function applyStoredTheme(): void {
  applyTheme(readTheme());
}
