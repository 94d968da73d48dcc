/** Modules, from what is downloaded. */

/** What a browser insists on before it compiles while the bytes come. */
const TYPE = "application/wasm";

/**
 * A module that the page names, since its file name carries a hash.
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<WebAssembly.Module>}
 */
export async function load(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return compile(response);
}

/**
 * Compiles the module. A gateway on the way may have changed its type; then all bytes come first.
 * @param {Response} response
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(response) {
  return response.headers.get("content-type") === TYPE ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
