import { useMemo } from "react";
import { useStore } from "zustand";
import { imagesStore } from "../../stores/images.ts";
import { openDialog } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { familiarRepository, localRepositories } from "./repositories.ts";
import css from "./Registries.module.css";

/** Instead of repositories and tags, where the engine cannot look into registries: what works all the same. */
export function PlainEngine({ host }: { readonly host: string }) {
  const images = useStore(imagesStore, (state) => state.rows);
  const local = useMemo(() => localRepositories(host, images).map((name) => familiarRepository(host, name)), [host, images]);
  return (
    <Problem
      fill
      calm
      title="This engine does not look into registries."
      cause="Slipway's own engine lists repositories and tags, and tells what is behind. Logins, pulls and pushes work here too."
      actions={<Button variant="primary" onClick={() => openDialog("pull", host === "docker.io" ? "" : `${host}/`)}>Pull an image</Button>}
    >
      {local.length > 0 && (
        <ul className={css["plainList"]} aria-label="Repositories that images here come from">
          {local.slice(0, 8).map((name) => <li key={name}><span className="mono cut">{name}</span><Button size="small" onClick={() => openDialog("pull", name)}>Pull</Button></li>)}
        </ul>
      )}
    </Problem>
  );
}
