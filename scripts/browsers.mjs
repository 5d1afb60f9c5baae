/** The browsers of this machine, those that Debian and Chrome's own package install, and what installs a missing one. */
import { existsSync } from "node:fs";

/** @type {(...paths: string[]) => string | undefined} */
const firstOf = (...paths) => paths.find((path) => existsSync(path));

export const CHROMIUM = firstOf("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");
export const FIREFOX = firstOf("/usr/bin/firefox-esr", "/usr/bin/firefox");

/** What installs each. */
export const INSTALLS = { chromium: "apt-get install chromium", firefox: "apt-get install firefox-esr" };
