// The rules of `node lint.mjs`.
import ts from "typescript";

/** The one module that may turn an integer into a number: counts, epochs, places on the screen. */
const COUNTS = "verify/counts.ts";
const CONVERSIONS = ["Number", "parseFloat", "parseInt"];
const MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySetInnerHTML", "srcdoc", "write", "eval", "Function"];
const MOST_LINES = { file: 400, function: 60 };

/** Return the faults of a file, each as `file:line: what`. */
export function lintFile(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const faults = [];
  const lineOf = (at) => source.getLineAndCharacterOfPosition(at).line + 1;
  const fault = (node, what) => faults.push(`${file}:${lineOf(node.getStart())}: ${what}`);
  const lines = text.split("\n").length;
  if (lines > MOST_LINES.file) fault(source, `a file of ${lines} lines: at most ${MOST_LINES.file}`);
  visit(source);
  return faults;

  function visit(node) {
    if (file !== COUNTS && isConversion(node)) fault(node, `${node.getText().slice(0, 40)} makes a floating point number: amounts stay BigInt, counts go through ${COUNTS}`);
    if (ts.isIdentifier(node) && MARKUP.includes(node.text) && isUsed(node)) fault(node, `${node.text} writes markup or code: use text nodes`);
    if (ts.isFunctionLike(node) && node.body) {
      const size = lineOf(node.end) - lineOf(node.getStart()) + 1;
      if (size > MOST_LINES.function) fault(node, `a function of ${size} lines: at most ${MOST_LINES.function}`);
    }
    ts.forEachChild(node, visit);
  }
}

function isConversion(node) {
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.PlusToken) return true;
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return isHanded(node);
  const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
  return ts.isIdentifier(callee) && CONVERSIONS.includes(callee.text);
}

/** `map(Number)` converts as well. */
function isHanded(node) {
  return ts.isIdentifier(node) && CONVERSIONS.includes(node.text) && ts.isCallExpression(node.parent) && node.parent.arguments.includes(node);
}

function isUsed(node) {
  const { parent } = node;
  if (node.text === "write") return ts.isPropertyAccessExpression(parent) && parent.expression.getText() === "document";
  if (node.text === "eval" || node.text === "Function") return (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node;
  return true;
}
