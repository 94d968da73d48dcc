import assert from "node:assert/strict";
import { test } from "node:test";

import { hasTable, textOf } from "./html.js";

/** Elements without a browser: a name and what is inside. */
const e = (name, ...children) => ({
  nodeType: 1,
  nodeName: name,
  childNodes: children.map((child) => (typeof child === "string" ? { nodeType: 3, nodeName: "#text", nodeValue: child, childNodes: [] } : child)),
});

test("a table's rows are lines, whatever its cells hold", () => {
  const body = e(
    "BODY",
    e("P", "附表："),
    e("TABLE",
      e("TBODY",
        e("TR", e("TD", e("P", "企业")), "\n", e("TH", e("P", "缺工"), e("P", "（人）"))),
        e("TR", e("TD", "甲\r\n厂"), e("TD", "12", e("BR"), "其中女 3")),
        e("TR", e("TD", e("TABLE", e("TR", e("TD", "内"), e("TD", "层")))), e("TD")),
      )),
    e("P", "以上。"),
  );
  assert.ok(hasTable(body));
  assert.equal(textOf(body), "附表：\n企业\t缺工 （人）\n甲厂\t12 其中女 3\n内 层\t\n以上。");
});

test("a table of one column only holds a page in shape", () => {
  const body = e("BODY", e("TABLE", e("TR", e("TD", e("P", "一"), e("P", "二")))));
  assert.ok(!hasTable(body));
  assert.equal(textOf(body), "一\n二");
});

test("paragraphs are lines, and how the source is broken does not show", () => {
  const body = e(
    "BODY",
    "\n",
    e("STYLE", "p { color: red }"),
    e("P", e("SPAN", "关于用工的\r\n报告"), " GB\n 9704"),
    e("P", e("O:P", "\u00a0")),
    e("DIV", e("B", "　　缩进"), e("BR"), "下一行"),
    e("PRE", "甲  乙\n丙"),
  );
  assert.equal(textOf(body), "关于用工的报告 GB 9704\n\n　　缩进\n下一行\n甲 乙\n丙");
});

test("a picture has no text", () => {
  assert.equal(textOf(e("BODY", e("IMG"))), "");
});
