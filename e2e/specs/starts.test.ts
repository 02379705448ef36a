/** The last start of a container, step by step: before it, after it, against the one before, and where one stopped. With real clicks. */
import type { Locator } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { journeys } from "../harness/journeys.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";

journeys("starts", "starts", (stage) => {
  const open = async (name: string): Promise<ContainerPage> => {
    await stage.app.goTo("Containers");
    const containers = new ContainersPage(stage.page);
    await containers.see(name);
    await containers.open(name);
    return new ContainerPage(stage.page, name);
  };
  const card = (): Locator => stage.page.getByRole("region", { name: "Last start" });
  const step = (name: string): Locator => card().getByRole("row", { name: new RegExp(`^${name} `) });

  beforeAll(async () => {
    await stage.docker("pull", "-q", stage.image);
    await stage.docker("create", "--name", "measured", "--health-cmd", "test -e /ready", "--health-interval", "200ms", "--health-retries", "100", stage.image, "sh", "-c", "trap 'exit 143' TERM; sleep 1; touch /ready; while :; do sleep 0.1; done");
    await stage.docker("create", "--name", "broken", stage.image, "no-such-program");
    await stage.open();
  });

  it("says so while there was none, and measures the first one, until it is healthy", async () => {
    const container = await open("measured");
    await card().getByText("It has not been started yet.").waitFor();
    await container.press("Start");
    await card().getByText(/^Running after \d/).waitFor();
    for (const name of ["Resolve", "Network", "Mount", "Files", "OCI create", "Start"]) await step(name).filter({ hasText: /\d m?s/ }).waitFor();
    await step("Healthy").filter({ hasText: /\d m?s/ }).waitFor();
    expect(await card().getByRole("columnheader", { name: "Before" }).count()).toBe(0);
    await stage.accessible("the first start");
  });

  it("compares it with the start before", async () => {
    const container = new ContainerPage(stage.page, "measured");
    await container.press("Restart");
    await card().getByText(/the start before/).first().waitFor();
    await card().getByRole("columnheader", { name: "Before" }).waitFor();
    await step("OCI create").filter({ hasText: /\d m?s\s*\d+(\.\d+)? m?s$/ }).waitFor();
    await card().scrollIntoViewIfNeeded();
    await stage.desktop.shot("1-compared");
    await container.press("Stop");
    await card().getByText(/Ended with 143 after/).waitFor();
  });

  it("says where a start stopped, and why", async () => {
    const container = await open("broken");
    await container.press("Start");
    await card().getByText(/^Stopped at OCI create after \d/).waitFor();
    await card().getByText(/no-such-program/).waitFor();
    await step("OCI create").filter({ hasText: "failed" }).waitFor();
    await container.main.getByText("The container did not start.").waitFor();
    await card().scrollIntoViewIfNeeded();
    await stage.desktop.shot("2-failed");
    const refusal = stage.page.getByRole("alertdialog").filter({ hasText: "broken did not start." });
    await refusal.waitFor();
    await stage.accessible("a failed start and the notice of it");
    await refusal.getByRole("button", { name: "Dismiss" }).click();
    await refusal.waitFor({ state: "detached" });
    await stage.docker("rm", "-f", "measured", "broken");
    expect(stage.desktop.problems).toEqual([]);
  });
});
