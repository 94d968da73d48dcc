// What the threads of a page's process did, from a trace of Chromium's.

import { tenths } from "./figures.mjs";

const CATEGORIES = ["toplevel", "__metadata"];
const ENGINE = "DedicatedWorker thread";
const PAGE = "CrRendererMain";
const TASK = "ThreadControllerImpl::RunTask";

export class Trace {
  #session;
  #events = [];

  static async start(page) {
    const session = await page.context().newCDPSession(page);
    const trace = new Trace(session);
    await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: CATEGORIES, excludedCategories: ["*"] } });
    return trace;
  }

  constructor(session) {
    this.#session = session;
    session.on("Tracing.dataCollected", ({ value }) => this.#events.push(...value));
  }

  /// Ends it: `{engine, page}`, each how long the thread was busy and its longest task, in milliseconds; and how much of
  /// both was the thread's own time, where other programs had the processor meanwhile.
  async stop() {
    const complete = new Promise((resolve) => this.#session.once("Tracing.tracingComplete", resolve));
    await this.#session.send("Tracing.end");
    await complete;
    await this.#session.detach();
    return { engine: this.#tasks(ENGINE), page: this.#tasks(PAGE) };
  }

  #tasks(thread) {
    const id = ({ pid, tid }) => `${pid}/${tid}`;
    const named = this.#events.filter(({ name, args }) => name === "thread_name" && args.name === thread);
    const threads = new Set(named.map(id));
    const tasks = this.#events.filter((event) => event.name === TASK && event.ph === "X" && threads.has(id(event)));
    const sum = (times) => tenths(times.reduce((sum, time) => sum + time, 0) / 1000);
    const most = (times) => tenths(Math.max(0, ...times) / 1000);
    const [times, own] = [tasks.map(({ dur }) => dur), tasks.map(({ tdur }) => tdur ?? 0)];
    return { busy: sum(times), longest: most(times), ownBusy: sum(own), ownLongest: most(own) };
  }
}
