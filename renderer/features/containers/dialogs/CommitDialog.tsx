import { useState } from "react";
import { parseReference } from "../../../lib/reference.ts";
import { quoteWord } from "../../../lib/shell.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { client } from "../../../stores/host.ts";
import { notice } from "../../../stores/notices.ts";
import { href, navigate, openDialog } from "../../../stores/route.ts";
import { Check, Field, Input, TextArea } from "../../../ui/field/Field.tsx";
import { WorkDialog } from "./WorkDialog.tsx";

/** Makes an image of a container as it is now. */
export function CommitDialog({ open, row }: { readonly open: boolean; readonly row: ContainerRow }) {
  const [image, setImage] = useState("");
  const [comment, setComment] = useState("");
  const [author, setAuthor] = useState("");
  const [changes, setChanges] = useState("");
  const [pause, setPause] = useState(true);
  const parsed = parseReference(image.trim());
  const digest = parsed.ok && parsed.reference.digest !== undefined;
  const wrong = image.trim() === "" ? undefined : !parsed.ok ? parsed.message : digest ? "A new image has no digest yet: leave it out." : undefined;
  const instructions = changes.split("\n").map((line) => line.trim()).filter(Boolean);
  const command = ["docker commit", ...(author ? ["--author", quoteWord(author)] : []), ...instructions.flatMap((line) => ["--change", quoteWord(line)]), ...(comment ? ["--message", quoteWord(comment)] : []), ...(pause ? [] : ["--no-pause"]), row.name, ...(image.trim() ? [quoteWord(image.trim())] : [])].join(" ");
  async function run(): Promise<void> {
    const { imageId } = await client().containers.commit({ id: row.id, ...(image.trim() && { image: image.trim() }), ...(author && { author }), ...(comment && { comment }), changes: instructions, pause });
    const made = parsed.ok ? parsed.reference.familiar : imageId.replace("sha256:", "").slice(0, 12);
    notice({ kind: "done", title: `The image ${made} is there.`, actions: [{ label: "Run it", run: () => { navigate(href.images()); openDialog("run", made); } }] });
  }
  return (
    <WorkDialog open={open} title={`Commit ${row.name} to an image`} description="The image gets everything that was written in the container. What is in volumes and mounted folders is not part of it." command={command} action="Commit" doing="Committing" ready={wrong === undefined} run={run}>
      <Field label="Image" error={wrong} hint="Optional. Without a name it is found by its ID.">{(field) => <Input {...field} mono autoFocus placeholder="my/image:tag" value={image} onChange={(event) => setImage(event.target.value)} />}</Field>
      <Field label="Message">{(field) => <Input {...field} value={comment} onChange={(event) => setComment(event.target.value)} />}</Field>
      <Field label="Author">{(field) => <Input {...field} placeholder="Name <mail@example.org>" value={author} onChange={(event) => setAuthor(event.target.value)} />}</Field>
      <Field label="Instructions" hint="One a line: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, USER, VOLUME or WORKDIR.">{(field) => <TextArea {...field} placeholder={'CMD ["node", "server.js"]'} value={changes} onChange={(event) => setChanges(event.target.value)} />}</Field>
      {row.state === "running" && <Check label="Hold the container still meanwhile" hint="so that no file is copied while it is written" checked={pause} onChange={(event) => setPause(event.target.checked)} />}
    </WorkDialog>
  );
}
