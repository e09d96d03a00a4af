import assert from "node:assert/strict";
import { test } from "node:test";

// @ts-expect-error the lint is plain JavaScript
import { lintFile } from "../lint-rules.mjs";

const FORBIDDEN = [
  "const n = Number(amount);", "const n = parseFloat(text);", "const n = Number.parseFloat(text);", "const n = parseInt(text, 16);",
  "const n = +amount;", "const n = new Number(amount);", "const n = amounts.map(Number);", "node.innerHTML = text;",
  "document.write(text);", "eval(text);", "new Function(text)();", "const a = <p dangerouslySetInnerHTML={{ __html: text }} />;",
];

test("lintFile: what makes a number of an amount, or markup of a text, is a fault", () => {
  for (const line of FORBIDDEN) assert.equal(lintFile("src/some.tsx", line).length, 1, line);
  assert.deepEqual(lintFile("src/some.ts", "if (Number.isInteger(x) && x < Number.MAX_SAFE_INTEGER) stream.write(text);"), []);
  assert.deepEqual(lintFile("verify/counts.ts", "export const toCount = (value: bigint) => Number(value);"), []);
});
