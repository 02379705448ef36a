/** Answers that come in another order than they were asked for. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFake } from "../bridge/fake.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { containersStore, onContainerEvent, perform, readContainers } from "./containers.ts";
import { setClient } from "./host.ts";
import { imagesStore, readImages } from "./images.ts";

/** A client whose lists are answered when the test says so, with what was true when they were asked for. */
function heldBack() {
  const fake = createFake({ logLines: 1 });
  const answers: (() => void)[] = [];
  const hold = <In, Out>(list: (input: In) => Promise<Out>) => async (input: In): Promise<Out> => {
    const truth = await list(input);
    await new Promise<void>((resolve) => answers.push(resolve));
    return truth;
  };
  const { containers, images } = fake.client;
  const client = { ...fake.client, containers: { ...containers, list: hold(containers.list.bind(containers)) }, images: { ...images, list: hold(images.list.bind(images)) } } as typeof fake.client;
  return { client, direct: fake.client, answers };
}

async function asked(answers: readonly unknown[], count: number): Promise<void> {
  await vi.waitFor(() => expect(answers.length).toBe(count));
}

let host: ReturnType<typeof heldBack>;

beforeEach(() => {
  containersStore.setState(containersStore.getInitialState(), true);
  imagesStore.setState(imagesStore.getInitialState(), true);
  host = heldBack();
  setClient(host.client, "open");
});
afterEach(() => ReadOrder.forgetAll());

function references(): string[] {
  return imagesStore.getState().rows.map((row) => row.reference);
}

describe("an answer that was overtaken", () => {
  it("does not bring back an old list of images", async () => {
    const first = readImages();
    await asked(host.answers, 1);
    await host.direct.images.tag({ id: "nginx:1.27-alpine", target: "mine:2" });
    const second = readImages();
    await asked(host.answers, 2);
    host.answers[1]?.();
    await second;
    expect(references()).toContain("mine:2");
    host.answers[0]?.();
    await first;
    expect(references()).toContain("mine:2");
  });

  it("does not bring back a container that is gone", async () => {
    const reading = readContainers();
    await asked(host.answers, 1);
    const gone = (await host.direct.containers.list()).find(({ Names }) => Names.includes("/queue"))?.Id ?? "";
    expect(await perform("remove", gone, { force: true })).toBe(true);
    host.answers[0]?.();
    await reading;
    expect(containersStore.getState().rows).toHaveLength(9);
    expect(containersStore.getState().byId.has(gone)).toBe(false);
  });

  it("is asked for again where it told of more containers than what overtook it", async () => {
    const whole = readContainers();
    await asked(host.answers, 1);
    const id = (await host.direct.containers.list())[0]?.Id ?? "";
    onContainerEvent({ objectType: "container", action: "rename", id, attributes: {}, time: 0 });
    await asked(host.answers, 2);
    host.answers[1]?.();
    await vi.waitFor(() => expect(containersStore.getState().rows).toHaveLength(1));
    host.answers[0]?.();
    await asked(host.answers, 3);
    host.answers[2]?.();
    await whole;
    expect(containersStore.getState().rows).toHaveLength(10);
  });

  it("does not count when it comes from an engine that the window has left", async () => {
    const reading = readImages();
    await asked(host.answers, 1);
    ReadOrder.forgetAll();
    host.answers[0]?.();
    await reading;
    expect(imagesStore.getState().phase).toBe("loading");
  });
});
