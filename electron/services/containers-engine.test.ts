import { startTestEngine } from "../testing/engine.ts";
import { describeContainers } from "./containers.suite.ts";

describeContainers("our engine", startTestEngine);
