import { startForwarder, watchWishes } from "./forwarder.ts";

/** How long an unused forwarder stays, in ms: longer than a pull pauses between connections. */
const IDLE_MS = 5_000;

const [path = ""] = process.argv.slice(2);
const { closed } = await startForwarder(path, IDLE_MS);
watchWishes(`${path}.wake`, () => process.exit());
await closed;
