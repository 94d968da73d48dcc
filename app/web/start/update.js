/**
 * The service worker on the page's side: registers it, finds new versions, and changes over to
 * one when the user says so.
 */

/** Office PCs stay on for days. */
const LOOK_EVERY_MS = 60 * 60 * 1000;

// Outside a secure context there is none, and every load is the newest version.
const container = navigator.serviceWorker;

/** @type {ServiceWorkerRegistration | undefined} */
let registration;
let changing = false;

/** Changes over to the version that waits, if one does, and reloads the page once. */
export function changeOver() {
  const waiting = registration?.waiting;
  if (!waiting) return location.reload();
  changing = true;
  waiting.postMessage({ type: "skip-waiting" });
}

/** How long the worker may take to fetch what is missing before the answer is no. */
const WHOLE_MS = 20_000;

/** Whether every file of the app is kept on this computer; what is missing is fetched first. */
export async function isWhole() {
  if (!container) return false;
  const late = new Promise((resolve) => setTimeout(resolve, WHOLE_MS, false));
  const asked = container.ready.then(
    ({ active }) =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => resolve(data.whole);
        active.postMessage({ type: "refill" }, [port2]);
      }),
  );
  return Promise.race([asked, late]);
}

/**
 * Registers the worker. From then on `huigao:update` is dispatched on the window when a new
 * version waits, or has already taken over at another tab's wish.
 */
export function watchUpdates() {
  if (!container) return;
  let controlled = Boolean(container.controller);

  const announce = () => window.dispatchEvent(new CustomEvent("huigao:update"));
  const follow = (worker) => {
    worker?.addEventListener("statechange", () => {
      // The very first worker is no update.
      if (worker.state === "installed" && container.controller) announce();
    });
  };

  container.addEventListener("controllerchange", () => {
    if (changing) {
      changing = false;
      location.reload();
    } else if (controlled) {
      announce();
    }
    controlled = true;
  });

  container.register("/sw.js").then((found) => {
    registration = found;
    if (found.waiting && container.controller) announce();
    follow(found.installing);
    found.addEventListener("updatefound", () => follow(found.installing));
    // Neither a broken line nor a relay that is being restarted is worth a word.
    const look = () => {
      // What was cleared while the page was open is fetched again, too.
      found.active?.postMessage({ type: "refill" });
      found.update().catch(() => {});
    };
    setInterval(look, LOOK_EVERY_MS);
    window.addEventListener("online", look);
  }).catch((error) => console.warn("no service worker:", error));
}
