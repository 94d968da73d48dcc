/** The module, from what was downloaded. */

/** What a browser insists on before it compiles while the bytes come. */
const TYPE = "application/wasm";

/**
 * Compiles the module. A gateway on the way may have changed its type; then all bytes come first.
 * @param {Response} response
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(response) {
  return response.headers.get("content-type") === TYPE ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
