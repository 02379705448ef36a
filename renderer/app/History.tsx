import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "../ui/button/Button.tsx";
import css from "./App.module.css";

/** Back and forward, as in a browser. */
export function History() {
  const [can, setCan] = useState(read);
  useEffect(() => {
    const update = () => setCan(read());
    const { navigation } = window;
    navigation?.addEventListener("currententrychange", update);
    return () => navigation?.removeEventListener("currententrychange", update);
  }, []);
  return (
    <span className={css["history"]}>
      <IconButton label="Back" shortcut="Alt+←" disabled={!can.back} onClick={() => history.back()}><ChevronLeft /></IconButton>
      <IconButton label="Forward" shortcut="Alt+→" disabled={!can.forward} onClick={() => history.forward()}><ChevronRight /></IconButton>
    </span>
  );
}

/** Browsers without the Navigation API do not say: then both buttons work. */
function read(): { readonly back: boolean; readonly forward: boolean } {
  const { navigation } = window;
  return { back: navigation?.canGoBack ?? true, forward: navigation?.canGoForward ?? true };
}
