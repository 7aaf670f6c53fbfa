import { useTextarea } from "./hooks.ts";

/** An ordinary textarea that several people edit at once. `key`: each note has a field of its own. */
export function NoteBody({ space, id }: { readonly space: string; readonly id: string }) {
  return <Body key={id} space={space} id={id} />;
}

function Body({ space, id }: { readonly space: string; readonly id: string }) {
  const { props, state } = useTextarea(space, "notes", id, "body");
  return (
    <>
      <textarea aria-label="Text" rows={12} {...props} />
      {state.kind === "failed" && <p role="alert">{state.error.message}</p>}
    </>
  );
}
