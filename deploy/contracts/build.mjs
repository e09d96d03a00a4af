// Compiles src/, and the verifiers of generated/, with the solc package and writes out/<Name>.json = {abi, bytecode,
// deployed, immutables} for every deployable contract: `deployed` is its code on chain but for the bytes at `immutables`, [start, length] each.
// node build.mjs FOLDER compiles the sources of another folder into its out/.
// A contract whose code lies in two (HALVES) has the ABI of both; their storage must agree.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(process.argv[2] ?? here);
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "cancun",
  metadata: { appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences", "storageLayout"] } },
};
const CODE_SIZE_LIMIT = 24576;
// By the contract that is called: the one whose code it runs on its own storage for all it does not know.
const HALVES = { TaskMarket: "MarketDesk" };
// 2394: transient storage, used by the reentrancy guard, which clears it at the end of every call.
const ACCEPTED_CODES = new Set(["2394"]);

function solidityFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return solidityFiles(path);
    return name.endsWith(".sol") ? [path] : [];
  });
}

function findImport(path) {
  try {
    return { contents: readFileSync(resolve(here, "node_modules", path), "utf8") };
  } catch (error) {
    return { error: `${path}: ${error.message}; run npm ci in ${here}` };
  }
}

function compile(paths) {
  const sources = Object.fromEntries(
    paths.map((path) => [relative(root, path), { content: readFileSync(path, "utf8") }]),
  );
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const output = JSON.parse(solc.compile(input, { import: findImport }));
  const isOurs = (found) => !found.sourceLocation?.file.startsWith("generated/") || found.severity === "error";
  const problems = (output.errors ?? []).filter((found) => !ACCEPTED_CODES.has(found.errorCode) && isOurs(found));
  for (const found of problems) console.error(found.formattedMessage);
  if (problems.some((found) => found.severity === "error")) process.exit(1);
  return output.contracts;
}

/** Every variable of `front` must lie in the same place in `back`: one runs on the other's storage. */
function checkStorage(front, back) {
  const words = ({ storageLayout }) => storageLayout.storage.map(({ label, slot, offset, type }) => [label, slot, offset, type.replace(/\)\d+_/g, ")")].join(" "));
  const found = words(back);
  const other = words(front).find((word, i) => found[i] !== word);
  if (other !== undefined) throw new Error(`storage of two halves differs: expected ${other}, got ${found[words(front).indexOf(other)]}`);
}

/** The ABI of a contract and of its other half, each entry once; the constructor is the contract's own. */
function wholeAbi(named, name) {
  const { abi } = named[name];
  const back = named[HALVES[name]];
  if (back === undefined) return abi;
  checkStorage(named[name], back);
  const known = new Set(abi.map((entry) => JSON.stringify(entry)));
  return [...abi, ...back.abi.filter((entry) => entry.type !== "constructor" && !known.has(JSON.stringify(entry)))];
}

function write(contracts, isWanted) {
  const out = join(root, "out");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const all = Object.assign({}, ...Object.values(contracts));
  for (const [source, named] of Object.entries(contracts)) {
    for (const [name, { evm }] of Object.entries(named)) {
      if (!isWanted(source) || evm.bytecode.object === "") continue;
      const size = evm.deployedBytecode.object.length / 2;
      if (size > CODE_SIZE_LIMIT) throw new Error(`${name}: ${size} bytes of code, the limit is ${CODE_SIZE_LIMIT}`);
      const { object, immutableReferences } = evm.deployedBytecode;
      const immutables = Object.values(immutableReferences ?? {}).flat().map(({ start, length }) => [start, length]);
      const content = { abi: wholeAbi(all, name), bytecode: `0x${evm.bytecode.object}`, deployed: `0x${object}`, immutables };
      writeFileSync(join(out, `${name}.json`), JSON.stringify(content));
    }
  }
}

const contracts = compile(["src", "generated"].flatMap((folder) => solidityFiles(join(root, folder))));
write(contracts, (source) => !source.startsWith("@"));
