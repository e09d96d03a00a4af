// Genuine Plonk proofs of aliased signals, for the tests: node tools/aliased.mjs OUT
//
// The verifier that snarkjs generates hashes public signals as they come and reduces them afterwards. A prover that hashes
// salt + k r in place of salt (r the order of the field) gets a proof that holds for those other bytes of one statement.
// OUT: {"aliases": [{multiple, signal, publics, proof}, ..]}: signal 0 or 1, publics and proof as submitProof takes them.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { concat, id, toBeHex } from "ethers";
import * as snarkjs from "snarkjs";

const generated = join(dirname(fileURLToPath(import.meta.url)), "../generated");
const PROOF_WORDS = 24;
const MULTIPLES = [0n, 1n, 2n, 3n, 4n, 5n]; // salt + 5 r still fits 256 bits where salt < 2^256 - 5 r
const PROVER = [join(generated, "chain_js/chain.wasm"), join(generated, "plonk.zkey")];
const [outPath] = process.argv.slice(2);

// snarkjs keeps one curve for all provers of a process, so what is changed here is what its transcript calls.
const curve = await snarkjs.curves.getCurveFromName("bn128");
const honest = curve.Fr.toRprBE.bind(curve.Fr);
const word = (value) => toBeHex(value, 32);

/** Proves the circuit while every word `from` enters the transcript as `to`. */
async function proveHashing(inputs, from, to) {
  const [expected, other] = [from, to].map((value) => Buffer.from(word(value).slice(2), "hex"));
  curve.Fr.toRprBE = (buffer, offset, value) => {
    honest(buffer, offset, value);
    if (Buffer.compare(buffer.slice(offset, offset + 32), expected) === 0) buffer.set(other, offset);
  };
  try {
    return await snarkjs.plonk.fullProve(inputs, ...PROVER);
  } finally {
    curve.Fr.toRprBE = honest;
  }
}

async function alias(inputs, signals, signal, multiple) {
  const aliased = signals.map((value, i) => (i === signal ? value + multiple * curve.r : value));
  const { proof, publicSignals } = await proveHashing(inputs, signals[signal], aliased[signal]);
  const words = (await snarkjs.plonk.exportSolidityCallData(proof, publicSignals)).match(/0x[0-9a-fA-F]{64}/g);
  return {
    multiple: Number(multiple),
    signal,
    publics: concat(aliased.map(word)),
    proof: concat(words.slice(0, PROOF_WORDS)).toLowerCase(),
  };
}

const inputs = { start: BigInt(id("aliased start")) >> 4n, salt: BigInt(id("aliased salt")) % (2n ** 256n - 5n * curve.r) };
const { publicSignals } = await snarkjs.plonk.fullProve(inputs, ...PROVER);
const signals = publicSignals.map(BigInt);
const aliases = [await alias(inputs, signals, 0, 1n)];
for (const multiple of MULTIPLES) aliases.push(await alias(inputs, signals, 1, multiple));
writeFileSync(outPath, JSON.stringify({ aliases }));
process.exit(0); // snarkjs keeps its worker threads
