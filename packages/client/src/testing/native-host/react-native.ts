/** Stands for `react-native` in the tests of the entry points. */
import { TestAppState } from "./app-state.ts";

export const AppState = new TestAppState();
