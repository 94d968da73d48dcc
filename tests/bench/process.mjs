// What a server's process costs, read from /proc: the same for every server.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { pause } from "../harness/wait.mjs";

export class ServerProcess {
  #ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

  constructor(pid) {
    this.pid = pid;
  }

  /// CPU time so far in ms: user and system, all threads.
  cpu() {
    // The second field is the command in parentheses and may hold anything.
    const fields = fs.readFileSync(`/proc/${this.pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / this.#ticks;
  }

  /// Resident memory in MiB: now, and the most it ever was.
  memory() {
    const status = fs.readFileSync(`/proc/${this.pid}/status`, "utf8");
    const mebibytes = (field) => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)[1]) / 1024);
    return { now: mebibytes("VmRSS"), peak: mebibytes("VmHWM") };
  }

  /// Waits until it has used next to no CPU for half a second, at most `timeout` ms, so that work
  /// that a server puts off is neither missed nor counted to what comes next.
  async quiet(timeout = 10_000) {
    const end = performance.now() + timeout;
    let before = this.cpu();
    while (performance.now() < end) {
      await pause(500);
      const after = this.cpu();
      if (after - before <= 10) return;
      before = after;
    }
  }
}
