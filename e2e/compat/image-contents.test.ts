import { onEachEngine } from "./lab.ts";
import { imageContentsSuite } from "./suites/image-contents.ts";

onEachEngine("layers and files of images", imageContentsSuite, ({ slipway }) => slipway);
