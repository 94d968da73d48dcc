// The command line that both load generators share.

import { parseArgs } from "node:util";

const NUMBERS = {
  documents: [40, "documents"],
  clients: [4, "clients that have each document open"],
  sockets: [16, "sockets over which the clients are spread"],
  edits: [2000, "edits in all"],
  rate: [100, "edits a second"],
};

function usage(script) {
  const lines = Object.entries(NUMBERS).map(([name, [standard, text]]) => `  --${name} N`.padEnd(18) + `${text} (${standard})`);
  return [
    `Usage: node ${script} --url ws://127.0.0.1:PORT/… --pid PID [options]`,
    "  --url URL       where the server listens",
    "  --pid PID       its process, for CPU and memory",
    ...lines,
  ].join("\n");
}

/// The options as `{url, pid, documents, clients, sockets, edits, rate}`; ends the process with
/// the usage where they are wrong.
export function loadOptions(script) {
  const fail = (message) => {
    console.error(`${message}\n\n${usage(script)}`);
    process.exit(2);
  };
  const texts = ["url", "pid", ...Object.keys(NUMBERS)];
  let values;
  try {
    const options = Object.fromEntries(texts.map((name) => [name, { type: "string" }]));
    ({ values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } }));
  } catch (error) {
    fail(error.message);
  }
  if (values.help) {
    console.log(usage(script));
    process.exit(0);
  }
  const number = (name, standard) => {
    const value = values[name] === undefined ? standard : Number(values[name]);
    if (!Number.isInteger(value) || value < 1) fail(`--${name} takes a whole number from 1`);
    return value;
  };
  if (!/^wss?:\/\//.test(values.url ?? "")) fail("--url is missing or no WebSocket address");
  const load = { url: values.url, pid: number("pid") };
  for (const [name, [standard]] of Object.entries(NUMBERS)) load[name] = number(name, standard);
  if (load.clients > load.sockets) fail("--clients is more than --sockets: a socket has a document open once");
  return load;
}
