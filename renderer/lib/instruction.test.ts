import { describe, expect, it } from "vitest";
import { parseInstruction } from "./instruction.ts";

describe("a step of an image's history", () => {
  it.each([
    ['/bin/sh -c #(nop)  CMD ["bash"]', "CMD", '["bash"]'],
    ["/bin/sh -c #(nop) ADD file:3ac2 in / ", "ADD", "file:3ac2 in /"],
    ["/bin/sh -c apt-get update   && apt-get install -y curl", "RUN", "apt-get update && apt-get install -y curl"],
    ["RUN /bin/sh -c npm ci --omit=dev # buildkit", "RUN", "npm ci --omit=dev"],
    ["RUN |2 A=1 B= /bin/sh -c make # buildkit", "RUN", "make"],
    ["|1 VERSION=3 /bin/sh -c make install", "RUN", "make install"],
    ["COPY dist ./dist # buildkit", "COPY", "dist ./dist"],
    ["EXPOSE map[80/tcp:{} 443/tcp:{}]", "EXPOSE", "80/tcp 443/tcp"],
    ["ENV A=b", "ENV", "A=b"],
    ["layer 1", "", "layer 1"],
    ["", "", ""],
  ])("%s", (createdBy, word, text) => {
    expect(parseInstruction(createdBy)).toEqual({ word, text });
  });
});
