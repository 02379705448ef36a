import { connectHost } from "../bridge/bridge.ts";
import { startWindow } from "./start.tsx";

startWindow(connectHost);
