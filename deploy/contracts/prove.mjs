// Makes genuine proofs ahead of time: node prove.mjs REQUEST OUT
//
// REQUEST: {"plonk": [seed, ..], "groth16": [seed, ..], "zkvm": [seed, ..]}, seeds being any strings.
// OUT: {"digest", "attestor", "imageId", "proofs": [{scheme, seed, publics, proof}, ..]}: scheme as in the registry,
// publics and proof as the market's postTask and submitProof take them. The statement depends on scheme and seed alone.
// Where OUT already answers the same request with the same keys nothing is done.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AbiCoder, Wallet, concat, id, keccak256, sha256 } from "ethers";
import * as snarkjs from "snarkjs";

const root = dirname(fileURLToPath(import.meta.url));
const generated = join(root, "generated");
const coder = AbiCoder.defaultAbiCoder();
const PUBLIC_SIGNALS = 2;
const SCHEMES = { plonk: 0, groth16: 1, zkvm: 2 };

// The key that vouches for journals of development networks is public: anybody may compute it from these words.
const attestor = new Wallet(id("pozk development attestor"));
const IMAGE_ID = id("pozk development guest program");
const LEAST_GATES = 1_000n;
const SPREAD_GATES = 50_000n;

// Below the order of the curve's scalar field, which has 254 bits.
const fieldElement = (text) => BigInt(id(text)) >> 4n;

async function proveCircuit(name, seed) {
  const inputs = { start: fieldElement(`${name} start ${seed}`), salt: fieldElement(`${name} salt ${seed}`) };
  const { proof, publicSignals } = await snarkjs[name].fullProve(
    inputs, join(generated, "chain_js/chain.wasm"), join(generated, `${name}.zkey`),
  );
  const calldata = await snarkjs[name].exportSolidityCallData(proof, publicSignals);
  const words = calldata.match(/0x[0-9a-fA-F]{64}/g);
  return {
    publics: concat(words.slice(-PUBLIC_SIGNALS)).toLowerCase(),
    proof: concat(words.slice(0, -PUBLIC_SIGNALS)).toLowerCase(),
  };
}

function attest(seed) {
  const publics = id(`zkvm statement ${seed}`);
  const gates = LEAST_GATES + (BigInt(id(`zkvm gates ${seed}`)) % SPREAD_GATES);
  const journal = coder.encode(["bytes32", "uint256"], [keccak256(publics), gates]);
  const vouched = coder.encode(["bytes32", "bytes32", "bytes32"], [id("PoZK attested journal"), IMAGE_ID, sha256(journal)]);
  const seal = attestor.signingKey.sign(keccak256(vouched)).serialized;
  return { publics, proof: coder.encode(["bytes", "bytes"], [seal, journal]) };
}

async function prove(request) {
  const proofs = [];
  for (const [name, scheme] of Object.entries(SCHEMES)) {
    for (const seed of request[name] ?? []) {
      const made = name === "zkvm" ? attest(seed) : await proveCircuit(name, seed);
      proofs.push({ scheme, seed, ...made });
    }
  }
  return proofs;
}

function digestOf(request) {
  const parts = [JSON.stringify(request), readFileSync(join(generated, "stamp"), "utf8"), readFileSync(fileURLToPath(import.meta.url))];
  return parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
}

const [requestPath, outPath] = process.argv.slice(2);
if (outPath === undefined) {
  console.error("expected REQUEST and OUT, two paths; see the head of prove.mjs");
  process.exit(2);
}
const request = JSON.parse(readFileSync(requestPath, "utf8"));
const digest = digestOf(request);
if (existsSync(outPath) && JSON.parse(readFileSync(outPath, "utf8")).digest === digest) process.exit(0);
const answer = { digest, attestor: attestor.address, imageId: IMAGE_ID, proofs: await prove(request) };
writeFileSync(`${outPath}.part`, JSON.stringify(answer));
renameSync(`${outPath}.part`, outPath);
process.exit(0); // snarkjs keeps its worker threads
