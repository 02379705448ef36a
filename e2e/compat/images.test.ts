import { onEachEngine } from "./lab.ts";
import { imagesSuite } from "./suites/images.ts";

onEachEngine("images", imagesSuite);
