// Compiles the circuit and makes the keys and Solidity verifiers of both schemes in generated/. The setup draws its
// secrets from public constants: these keys are for development networks, where anyone may forge a proof who cares to.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as snarkjs from "snarkjs";

const root = dirname(fileURLToPath(import.meta.url));
const generated = join(root, "generated");
const circuit = join(root, "circuits/chain.circom");
const CURVE_POWER = 8; // up to 2^8 constraints
const BEACON = "706f7a6b20646576656c6f706d656e74206265616f6e20303030303030303030"; // any 32 bytes
const BEACON_POWER = 10; // the least number of hash iterations, as a power of two

const inputs = [circuit, fileURLToPath(import.meta.url), join(root, "package-lock.json")];
const digest = inputs.reduce((hash, path) => hash.update(readFileSync(path)), createHash("sha256")).digest("hex");
const stamp = join(generated, "stamp");

async function makePowersOfTau() {
  const curve = await snarkjs.curves.getCurveFromName("bn128");
  const memory = (name) => ({ type: "mem", name });
  const [fresh, contributed, prepared] = ["fresh", "contributed", "prepared"].map(memory);
  await snarkjs.powersOfTau.newAccumulator(curve, CURVE_POWER, fresh);
  await snarkjs.powersOfTau.beacon(fresh, contributed, "development", BEACON, BEACON_POWER);
  await snarkjs.powersOfTau.preparePhase2(contributed, prepared);
  return prepared;
}

async function makeKeys(powers) {
  const constraints = join(generated, "chain.r1cs");
  const fresh = { type: "mem" };
  await snarkjs.zKey.newZKey(constraints, powers, fresh);
  await snarkjs.zKey.beacon(fresh, join(generated, "groth16.zkey"), "development", BEACON, BEACON_POWER);
  await snarkjs.plonk.setup(constraints, powers, join(generated, "plonk.zkey"));
}

async function writeVerifiers() {
  const template = (name) => readFileSync(join(root, `node_modules/snarkjs/templates/verifier_${name}.sol.ejs`), "utf8");
  for (const name of ["groth16", "plonk"]) {
    const key = join(generated, `${name}.zkey`);
    const source = await snarkjs.zKey.exportSolidityVerifier(key, { [name]: template(name) });
    writeFileSync(join(generated, `${name}.sol`), source);
    writeFileSync(join(generated, `${name}.vkey.json`), JSON.stringify(await snarkjs.zKey.exportVerificationKey(key)));
  }
}

if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) process.exit(0);
rmSync(generated, { recursive: true, force: true });
mkdirSync(generated);
const compiler = join(root, "node_modules/circom2/cli.js");
execFileSync(process.execPath, [compiler, circuit, "--r1cs", "--wasm", "-o", generated], { stdio: ["ignore", "ignore", "inherit"] });
await makeKeys(await makePowersOfTau());
await writeVerifiers();
writeFileSync(stamp, digest);
process.exit(0); // snarkjs keeps its worker threads
