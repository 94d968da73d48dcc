// The browser as the system sees it: found in /proc by its profile, and killed without last words.

import fs from "node:fs";
import { until } from "./wait.mjs";

/// All processes, as `{pid, parent, command}`, where `command` holds the arguments.
function processes() {
  const found = [];
  for (const entry of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const command = fs.readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      const [state, parent] = fs.readFileSync(`/proc/${entry}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      // A zombie is dead already; only its parent has not asked.
      if (state !== "Z") found.push({ pid: Number(entry), parent: Number(parent), command });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return found;
}

const hasProfile = (profile) => {
  const argument = `--user-data-dir=${profile}`;
  // Chromium rewrites the arguments of its children into one, separated by spaces.
  return ({ command }) => command.some((part) => part === argument || part.split(" ").includes(argument));
};

const isChild = ({ command }) => command.some((part) => /(^|\s)--type=/.test(part));

/// The browser process of a profile, without its children; undefined where none runs.
export function browserPid(profile) {
  return processes().filter(hasProfile(profile)).find((one) => !isChild(one))?.pid;
}

/// A process and all below it.
function familyOf(first) {
  const all = processes();
  const family = [first];
  for (let index = 0; index < family.length; index += 1) {
    family.push(...all.filter(({ parent }) => parent === family[index]).map(({ pid }) => pid));
  }
  return family;
}

/// The processes of its pages. A spare one, for a page that is still to come, may be among them.
export function renderers(profile) {
  const family = familyOf(browserPid(profile));
  const isRenderer = ({ pid, command }) => family.includes(pid) && command.some((part) => part.split(" ").includes("--type=renderer"));
  return processes().filter(isRenderer).map(({ pid }) => pid);
}

/// Kills the browser process of a profile and everything below it, as a power cut would, and waits
/// until all are gone.
export async function killBrowser(profile) {
  const first = browserPid(profile);
  if (first === undefined) throw new Error(`no browser runs on ${profile}`);
  for (const pid of familyOf(first)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
  await until(() => !processes().some(hasProfile(profile)), { what: "the end of a killed browser" });
}
