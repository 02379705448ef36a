import { excerpt } from "../../syntax/error.ts";
import { exposedWords } from "../expose.ts";
import type { Rule } from "../rule.ts";

export const exposeInvalidFormat: Rule = {
  name: "ExposeInvalidFormat",
  check: (file) => exposedWords(file).filter(({ mapped }) => mapped).map(({ text, range }) => ({
    message: `EXPOSE instruction should not define an IP address or host-port mapping, found '${excerpt(text)}'`,
    range,
    help: "Name the container's port alone; what it is published as is said with docker run -p.",
  })),
};
