import { startDockerd } from "../testing/dockerd.ts";
import { describeContainers } from "./containers.suite.ts";

describeContainers("dockerd", startDockerd);
