/**
 * What of the screens comes behind the first one: parts that join the memory and the table of functions of the module
 * that opened the app. The build says in the page which files a part needs.
 */

import { load } from "./compile.js";

/** @type {Promise<WebAssembly.Exports>} */
let app;
/** By file: joining twice would put data back to what it was at first. */
const modules = new Map();
const joined = new Map();

/**
 * What parts join.
 * @param {Promise<WebAssembly.Exports>} exports of the module that opens the app
 */
export function keepApp(exports) {
  app = exports;
}

/** Has all that is late join, one part after the other: nobody waits for it yet. */
export async function joinLate() {
  for (const paths of Object.values(needs())) {
    // What does not come now is fetched again when it is asked for.
    await join(paths, { priority: "low" }).catch(() => {});
  }
}

/**
 * The function by which the module asks for a part: it is told by a function in its table whether the part is here.
 * @param {string} name
 * @returns {(callback: number, data: number) => void}
 */
export function part(name) {
  return async (callback, data) => {
    const came = await join(needs()[name]).then(
      () => true,
      (error) => console.warn(`${name} did not come:`, error),
    );
    (await app).__indirect_function_table.get(callback)(data, came ? 1 : 0);
  };
}

/** @returns {Record<string, string[]>} */
function needs() {
  return JSON.parse(document.querySelector("script[data-late]").dataset.late);
}

async function join(paths, options) {
  const compiled = await Promise.all(paths.map((path) => module(path, options)));
  const imports = { __wasm_split: await app };
  for (const [index, path] of paths.entries()) {
    await once(joined, path, () => WebAssembly.instantiate(compiled[index], imports));
  }
}

function module(path, options) {
  return once(modules, path, () => load(path, options));
}

/** What was made before; what failed is made again. */
function once(known, key, make) {
  if (!known.has(key)) {
    const made = make();
    known.set(key, made);
    made.catch(() => known.delete(key));
  }
  return known.get(key);
}
