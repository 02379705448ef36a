/** The window on the fake host, for looking at every state: `fake.html?scenario=many&engine=failed&delay=800&log=1000000`. Not part of the product's build. */
import { createFake, type Fake, type FakeOptions } from "../bridge/fake.ts";
import { startWindow } from "./start.tsx";

declare global {
  interface Window {
    fake?: Fake;
  }
}

const query = new URLSearchParams(location.search);
const options: FakeOptions = {
  scenario: (query.get("scenario") ?? "typical") as NonNullable<FakeOptions["scenario"]>,
  engine: (query.get("engine") ?? "connected") as NonNullable<FakeOptions["engine"]>,
  managed: query.get("managed") !== "no",
  denied: query.has("denied"),
  firstRun: query.has("first"),
  delay: Number(query.get("delay") ?? 0),
  images: Number(query.get("images") ?? 0),
  logLines: Number(query.get("log") ?? 400),
};
const fake = createFake(options);
window.fake = fake;
startWindow(() => Promise.resolve({ client: fake.client, closed: new Promise(() => undefined) }));
