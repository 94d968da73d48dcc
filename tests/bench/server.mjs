// What the peers' servers share: their command line, and the line by which they say that they listen.

import { parseArgs } from "node:util";

/// `--port N` (a free one by default) and `--data DIR` (a temporary folder by default).
export function serverOptions(script) {
  try {
    const { values } = parseArgs({ options: { port: { type: "string", default: "0" }, data: { type: "string" } } });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("--port takes a port number");
    return { port, data: values.data };
  } catch (error) {
    console.error(`${error.message}\n\nUsage: node ${script} [--port N] [--data DIR]`);
    process.exit(2);
  }
}

/// The same line as the relay's own, so that whoever starts a server need not know which it is.
export function announce(server) {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
}
