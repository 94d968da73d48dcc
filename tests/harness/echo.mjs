// A page and its WebSocket, for the tests of the harness itself: page and worker each hold a socket
// to an echo and count what comes back.

import http from "node:http";
import { WebSocketServer } from "ws";

const PAGE = `<!doctype html><meta charset="utf-8"><title>echo</title><script>
  window.echo = { count: 0, closes: 0 };
  window.worker = { count: 0 };
  const join = () => {
    const socket = new WebSocket("ws://" + location.host + "/echo");
    socket.onmessage = () => echo.count++;
    socket.onclose = () => { echo.closes++; setTimeout(join, 100); };
    const timer = setInterval(() => socket.readyState === 1 && socket.send("回声"), 20);
    socket.addEventListener("close", () => clearInterval(timer));
  };
  join();
  new Worker("/worker.js").onmessage = ({ data }) => worker = data;
  navigator.serviceWorker.register("/service.js");
</script>`;

const WORKER = `
  let count = 0;
  const join = () => {
    const socket = new WebSocket("ws://" + location.host + "/echo");
    socket.onmessage = () => postMessage({ count: ++count });
    socket.onclose = () => setTimeout(join, 100);
    const timer = setInterval(() => socket.readyState === 1 && socket.send("回声"), 20);
    socket.addEventListener("close", () => clearInterval(timer));
  };
  join();`;

// Serves the page from its cache, as an app that starts offline does.
const SERVICE = `
  addEventListener("install", (event) => event.waitUntil(caches.open("v1").then((cache) => cache.addAll(["/", "/worker.js"])).then(() => skipWaiting())));
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => event.respondWith(caches.match(event.request).then((hit) => hit ?? fetch(event.request))));`;

const FILES = { "/": ["text/html", PAGE], "/worker.js": ["text/javascript", WORKER], "/service.js": ["text/javascript", SERVICE] };

export class Echo {
  /// Messages that reached the server, and requests as `{path, host, origin}`.
  received = 0;
  requests = [];

  static async start() {
    const echo = new Echo();
    echo.server = http.createServer((request, response) => {
      echo.#note(request);
      const [type, body] = FILES[request.url] ?? ["text/plain", "ok"];
      response.setHeader("content-type", type);
      response.end(body);
    });
    echo.sockets = new WebSocketServer({ server: echo.server });
    echo.sockets.on("connection", (socket, request) => {
      echo.#note(request);
      socket.on("error", () => {});
      socket.on("message", (message) => {
        echo.received += 1;
        socket.send(message);
      });
    });
    await new Promise((resolve) => echo.server.listen(0, "127.0.0.1", resolve));
    echo.port = echo.server.address().port;
    return echo;
  }

  #note({ url, headers }) {
    this.requests.push({ path: url, host: headers.host, origin: headers.origin });
  }

  close() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.close();
    this.server.closeAllConnections();
  }
}
