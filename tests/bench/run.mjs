// One load for every kind of server: who edits what and when, how deliveries are counted and
// timed. A generator brings only its client library, as replicas:
//
//   replica.edit(at, number)   inserts one character at `at` and notes `number` as its writer's last,
//                              both in one change
//   replica.seen               called with (writer, number) when another's edit arrives
//
// Texts are about 1,000 characters: what is measured is the server, not the editing.

import { pause, until } from "../harness/wait.mjs";
import { ServerProcess } from "./process.mjs";

export const FIRST_TEXT = "开展课题调研，紧紧围绕主题，深入基层。".repeat(50);
const DRAIN = 30_000;

/// Counts each edit's arrival at each of the other replicas of its document.
class Deliveries {
  latencies = [];
  /// Per document and writer: the numbers and times of its edits, oldest first.
  #sent;
  /// Per document, reader and writer: how many of the writer's edits have arrived.
  #arrived;

  constructor(documents, clients) {
    const table = (cell) => Array.from({ length: documents }, () => Array.from({ length: clients }, cell));
    this.#sent = table(() => []);
    this.#arrived = table(() => new Array(clients).fill(0));
  }

  send(document, writer, number) {
    this.#sent[document][writer].push({ number, at: performance.now() });
  }

  /// An edit brings all that its writer made before it: where several arrive as one, each counts,
  /// with its own age.
  arrive(document, reader, writer, number) {
    const edits = this.#sent[document][writer];
    const arrived = this.#arrived[document][reader];
    const now = performance.now();
    while (arrived[writer] < edits.length && edits[arrived[writer]].number <= number) {
      this.latencies.push(now - edits[arrived[writer]].at);
      arrived[writer] += 1;
    }
  }

  /// Latency in ms, one decimal, at `share` of the deliveries.
  percentile(share) {
    const sorted = Float64Array.from(this.latencies).sort();
    if (sorted.length === 0) return null;
    return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1));
  }
}

/// Opens all documents with `open`, which resolves to `documents` rows of `clients` replicas, runs
/// the edits, waits for their arrival and prints the figures as one line of JSON. `same(row)` says
/// whether a document's replicas agree in the end.
export async function run(load, { open, same }) {
  const { documents, clients, sockets, edits, rate } = load;
  const server = new ServerProcess(load.pid);
  const memoryBefore = server.memory();

  const { rows, openMs } = await open();
  const deliveries = new Deliveries(documents, clients);
  rows.forEach((row, document) =>
    row.forEach((replica, reader) => {
      replica.seen = (writer, number) => deliveries.arrive(document, reader, writer, number);
    }),
  );
  await server.quiet();

  const serverCpu = server.cpu();
  const ownCpu = process.cpuUsage();
  const start = performance.now();
  for (let number = 0; number < edits; number += 1) {
    const document = number % documents;
    const writer = Math.floor(number / documents) % clients;
    deliveries.send(document, writer, number);
    rows[document][writer].edit((number * 7) % FIRST_TEXT.length, number);
    const ahead = start + ((number + 1) * 1000) / rate - performance.now();
    // A generator that cannot keep up still lets its sockets be read now and then.
    if (ahead > 0) await pause(ahead);
    else if (number % 20 === 0) await pause(0);
  }
  const sentMs = performance.now() - start;

  const expected = edits * (clients - 1);
  await until(() => deliveries.latencies.length >= expected, { timeout: DRAIN, what: "every delivery" }).catch(() => {});
  const loadMs = performance.now() - start;
  const own = process.cpuUsage(ownCpu);
  await server.quiet();
  const memory = server.memory();

  const figures = {
    D: documents,
    C: clients,
    R: sockets,
    E: edits,
    rate: Math.round((edits * 1000) / sentMs),
    openMs: Math.round(openMs),
    delivered: deliveries.latencies.length,
    want: expected,
    convergedDocs: rows.filter(same).length,
    p50: deliveries.percentile(0.5),
    p99: deliveries.percentile(0.99),
    serverCpuMsPerEdit: Number(((server.cpu() - serverCpu) / edits).toFixed(3)),
    rss0: memoryBefore.now,
    rss: memory.now,
    rssPeak: memory.peak,
    // Of one core. Near 1 the latencies are the generator's own.
    loadCpuShare: Number(((own.user + own.system) / 1000 / loadMs).toFixed(2)),
  };
  console.log(JSON.stringify(figures));
  const whole = figures.delivered === expected && figures.convergedDocs === documents;
  process.exit(whole ? 0 : 1);
}
