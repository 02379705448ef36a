import { useRef } from "react";
import { useStore } from "zustand";
import { Confirm } from "./Confirm.tsx";
import { confirmStore, type Question } from "./confirms.ts";

/** Where questions of `confirm()` appear. Keeps the last one while it fades out. */
export function Confirms() {
  const question = useStore(confirmStore, (state) => state.question);
  const last = useRef<Question | null>(null);
  if (question) last.current = question;
  const shown = question ?? last.current;
  if (!shown) return null;
  return (
    <Confirm open={question !== null} title={shown.title} action={shown.action} disabled={shown.disabled === true} onConfirm={shown.run} onClose={() => confirmStore.setState({ question: null })}>
      {shown.body}
    </Confirm>
  );
}
