import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { applyStoredTheme } from "../ui/use-theme.ts";
import { Stage } from "./Stage.tsx";
import "../ui/tokens.css";
import "./stage.css";

applyStoredTheme();
createRoot(document.querySelector("#root") as HTMLElement).render(
  <StrictMode>
    <Stage />
  </StrictMode>,
);
