import type { Replica } from "@holdfast/client";
import { StrictMode, useState } from "react";
import { NoteEditor } from "./codemirror.tsx";
import { HoldfastProvider, type schema, useQuery } from "./hooks.ts";
import { Notes } from "./notes.tsx";
import { NoteBody } from "./textarea.tsx";

const space = "user:42";

/** `open` is a function of a module, not of a component: it is called once, whatever React does. */
export function App({ open }: { readonly open: () => Promise<Replica<typeof schema>> }) {
  return (
    <StrictMode>
      <HoldfastProvider open={open} fallback={<p>Opening…</p>} failed={(error, retry) => <Failed message={error.message} retry={retry} />}>
        <Notes space={space} />
        <Editors />
      </HoldfastProvider>
    </StrictMode>
  );
}

function Failed({ message, retry }: { readonly message: string; readonly retry: () => void }) {
  return (
    <p role="alert">
      {message} <button onClick={retry}>Try again</button>
    </p>
  );
}

/** Both editors on one text: what is typed in one stands in the other. */
function Editors() {
  const { rows } = useQuery(space, "notes", { orderBy: "title", limit: 1 });
  const [plain, setPlain] = useState(true);
  const note = rows[0];
  if (note === undefined) return null;
  return (
    <>
      <label>
        <input type="checkbox" checked={plain} onChange={() => setPlain(!plain)} /> Plain
      </label>
      {plain && <NoteBody space={space} id={note.id} />}
      <NoteEditor space={space} id={note.id} />
    </>
  );
}
