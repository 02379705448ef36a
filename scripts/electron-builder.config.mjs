// Configuration of electron-builder (https://www.electron.build/configuration): deb, rpm and AppImage, dmg, nsis.
import { join } from "node:path";
import { engineDependencies } from "./package-dependencies.mjs";
import { root } from "./runtime.mjs";

const apt = engineDependencies("apt");
const dnf = engineDependencies("dnf");

/** Libraries of Electron itself, as electron-builder lists them where nothing else is said. */
const ELECTRON_DEB = ["libgtk-3-0", "libnotify4", "libnss3", "libxss1", "libxtst6", "xdg-utils", "libatspi2.0-0", "libuuid1", "libsecret-1-0"];
const ELECTRON_RPM = ["gtk3", "libnotify", "nss", "libXScrnSaver", "(libXtst or libXtst6)", "xdg-utils", "at-spi2-core", "(libuuid or libuuid1)"];

/** @type {import("electron-builder").Configuration} */
const config = {
  appId: "org.slipway.desktop",
  productName: "Slipway",
  copyright: "The Slipway authors, Apache-2.0",
  directories: { output: "dist/packages.partial", buildResources: "assets" },
  electronDist: join(root, "node_modules/electron/dist"),
  files: ["dist/electron/**", "dist/renderer/**", "dist/engine/**", "assets/**", "package.json", "!**/*.map"],
  // The engine is started as a process of its own, with workers and native libraries: it needs files, not an archive.
  asar: false,
  // koffi brings its binary built.
  npmRebuild: false,
  icon: "assets/icon.png",
  protocols: [{ name: "Slipway", schemes: ["slipway"] }],
  // fpm wants an author and a page.
  extraMetadata: { author: { name: "The Slipway authors", email: "slipway@localhost" }, homepage: "https://localhost/slipway" },
  publish: null,
  linux: {
    target: ["deb", "rpm", "AppImage"],
    category: "Development",
    executableName: "slipway",
    synopsis: "Containers, with an engine of their own",
    description: "Pulls, builds, runs and looks after containers. Brings its own engine, which any Docker client can use.",
    desktop: { entry: { Name: "Slipway", Comment: "Containers, with an engine of their own", Keywords: "docker;container;image;build;", StartupWMClass: "Slipway", MimeType: "x-scheme-handler/slipway;" } },
  },
  deb: { depends: [...ELECTRON_DEB, ...apt.depends], recommends: apt.recommends },
  rpm: { depends: [...ELECTRON_RPM, ...dnf.depends], fpm: dnf.recommends.map((name) => `--rpm-tag=Recommends: ${name}`) },
  mac: { target: ["dmg"], category: "public.app-category.developer-tools" },
  win: { target: ["nsis"] },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
};

export default config;
