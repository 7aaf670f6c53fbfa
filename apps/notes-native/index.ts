/** Where the system starts, also without a screen: for a background task it runs this file and mounts nothing. */
import "./src/background.ts";
import { registerRootComponent } from "expo";
import { App } from "./src/ui/App.tsx";

registerRootComponent(App);
