// The words of the screens, by their keys: for what is played in more than one language.

import fs from "node:fs";

const LINE = /^([\w.]+): (".*")$/gm;

/// A function from a key to its words; `%{name}` is filled from `values`, or stays open as a pattern does.
export function wordsOf(language) {
  const file = fs.readFileSync(new URL(`../../app/locales/${language}.yml`, import.meta.url), "utf8");
  const words = new Map([...file.matchAll(LINE)].map(([, key, text]) => [key, JSON.parse(text)]));
  return (key, values = {}) => {
    if (!words.has(key)) throw new Error(`no words for ${key}`);
    return words.get(key).replaceAll(/%\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  };
}
