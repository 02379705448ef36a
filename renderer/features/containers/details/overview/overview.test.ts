import { expect, it } from "vitest";
import { groupLabels } from "./label-groups.ts";

it("puts labels under who made them, those of nobody first", () => {
  expect(groupLabels({ "com.docker.compose.project": "shop", zeta: "1", alpha: "2", "org.opencontainers.image.version": "3", "org.testcontainers": "true" })).toEqual([
    { title: "", labels: [["alpha", "2"], ["zeta", "1"]] },
    { title: "Compose", labels: [["project", "shop"]] },
    { title: "Image", labels: [["version", "3"]] },
    { title: "Testcontainers", labels: [["org.testcontainers", "true"]] },
  ]);
});
