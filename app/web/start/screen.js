/**
 * What the page says when there is no app to say it: why it does not open, and what to do.
 * Chinese first, English second, plain text.
 */

/** @type {Record<string, [string, string]>} */
const WORDS = {
  browser: [
    "这个浏览器版本太旧，打不开汇稿。请改用新版的 Chrome、Edge 等浏览器（Chromium 内核 90 以上），或请技术人员更新。",
    "This browser is too old for Huigao. Please use a recent Chrome, Edge or another browser on Chromium 90 or later, or ask your technician to update it.",
  ],
  storage: [
    "浏览器不允许本站在这台电脑上保存文稿，所以没有打开。请关掉无痕（隐私）窗口，或在浏览器设置里允许本站保存数据，再刷新页面。",
    "The browser does not let this site keep drafts on this computer, so Huigao was not opened. Leave the private window, or allow this site to save data in the browser's settings, then reload.",
  ],
  download: [
    "程序没有下载完。请检查网络后刷新页面；已保存在本机的文稿不受影响。",
    "The program could not be downloaded. Check the network and reload. Drafts saved on this computer are not affected.",
  ],
  start: [
    "汇稿没能启动。请刷新页面；已保存在本机的文稿不受影响。还是不行，请重启浏览器，或把下面这行字告诉技术人员。",
    "Huigao could not start. Please reload. Drafts saved on this computer are not affected. If that does not help, restart the browser, or show the line below to your technician.",
  ],
  stopped: [
    "汇稿出错，停住了，现在写的字不会再保存。请刷新页面；已保存在本机的文稿不受影响。",
    "Huigao has stopped because of an error, and nothing written now would be saved. Please reload. Drafts saved on this computer are not affected.",
  ],
};

const boot = document.getElementById("boot");

/** Takes the start screen away. */
export function opened() {
  boot.hidden = true;
}

/**
 * Says what is wrong, in place of the start message.
 * @param {keyof typeof WORDS} what
 * @param {unknown} [error]
 */
export function failed(what, error) {
  const [chinese, english] = WORDS[what];
  const second = element("p", english);
  second.lang = "en";
  const reload = element("button", "刷新 Reload", "btn btn--primary");
  reload.type = "button";
  reload.addEventListener("click", () => location.reload());
  boot.replaceChildren(element("h1", "汇稿"), element("p", chinese), second, reload);
  if (error !== undefined) boot.append(element("p", String(error), "boot-detail"));
  boot.setAttribute("role", "alert");
  boot.hidden = false;
  // What is still on the page would only pretend to work.
  for (const other of document.body.children) other.inert = other !== boot;
  boot.scrollIntoView();
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}
