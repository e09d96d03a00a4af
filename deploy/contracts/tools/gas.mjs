// Gas of whole transactions on local chains, as a markdown table: of an earlier commit's contracts (BASE) and of these.
// Every figure comes from this run; the distributor of @uniswap/merkle-distributor is deployed from its published artifact.
// Warm: what a transaction takes where all that it touches was touched before in it, its 21,000 and its data included.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Contract, parseEther, solidityPackedKeccak256 } from "ethers";
import { startAnvil } from "./anvil.mjs";
import { buildEarlier } from "./earlier.mjs";
import { measureMarket } from "./market_gas.mjs";
import { GENESIS, activate, deployArtifact, deployNetwork, done, gasOf, nextBallot, publish, root } from "./network.mjs";
import { measureRewards } from "./rewards_gas.mjs";
import { drawnAddress, drawnHash, leafHash, neighbours, word } from "./tree.mjs";

const BLOCK_GAS = 30_000_000;
const BATCH = 50;
const LEAVES = 64; // real leaves of a batch's tree; the rest of the tree is drawn
const OWED = 10n ** 18n; // wei that each leaf adds
const PER_EPOCH = parseEther("1000");
// What these may cost at most; more fails the run.
const LIMITS = {
  "claim, first time, 2^20 leaves": 108_000,
  "claim, repeated, 2^20 leaves": 70_000,
  "stake, first of a second account": 80_000,
  "claimMany of 50 neighbours, per first claim, 2^20 leaves": 70_000,
  "claimMany of 50 neighbours, per repeated claim, 2^20 leaves": 34_000,
  "postTask, one word of publics": 120_000,
  "acceptTask": 90_000,
  "submitProof with a verifier of one hash": 86_000,
  "post and accept as one signed order": 165_000,
};
/** The commit whose contracts are `before`: the last one before the market's storage was laid out anew. */
const BASE = "d6b8578";
const CONTRACTS = ["AppRegistry", "Staking", "TaskMarket", "MarketDesk", "Parameters", "RewardDistributor", "RewardRelay", "ChallengeDesk", "OracleSeat"];
const rows = new Map();

const record = (name, gas) => rows.set(name, { cold: gas });

async function relayOf({ distributor, owner }) {
  const { abi } = JSON.parse(readFileSync(join(root, "out/RewardRelay.json"), "utf8"));
  return new Contract(await distributor.relay(), abi, owner);
}

async function measureSignedVotes(network) {
  const { distributor, oracles } = network;
  const [epoch, rootHash, tokens, cumulative, reportHash] = await nextBallot(network, word(1), 0n);
  const domain = { name: "PoZK Reward Distributor", version: "1", chainId: 31337, verifyingContract: await distributor.getAddress() };
  const fields = "address member,uint64 epoch,uint64 round,uint256 nonce,bytes32 root,address[] tokens,uint256[] cumulative,bytes32 reportHash";
  const types = { Vote: fields.split(",").map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] })) };
  const round = await distributor.round(epoch);
  const content = (member) => ({ member, epoch, round, nonce: 0n, root: rootHash, tokens, cumulative, reportHash });
  const signers = oracles.slice(0, 2);
  const signatures = await Promise.all(signers.map((oracle) => oracle.signTypedData(domain, types, content(oracle.address))));
  const taker = distributor.interface.hasFunction("voteBySig") ? distributor : await relayOf(network);
  const sent = taker.voteBySig(
    epoch, rootHash, tokens, cumulative, reportHash, signers.map((oracle) => oracle.address), signatures,
  );
  record("voteBySig of two that complete the quorum", await gasOf(sent));
  await activate(network);
}

/** A tree over the accounts of `seed`, each owed `each` wei in all; published, with the gas of the steps. */
async function publishBatch(network, seed, each, depth) {
  const token = await network.token.getAddress();
  const accounts = Array.from({ length: LEAVES }, (_, i) => drawnAddress(`${seed} ${depth}`, i));
  const tree = neighbours(accounts.map((account) => leafHash(account, token, each)), depth, `${seed} siblings`);
  const total = (await network.distributor.acceptedTotal(token)) + PER_EPOCH;
  return { accounts, each, tree, token, ...(await publish(network, tree.root, total)) };
}

/** A multiproof of the first `count` leaves of a batch, as OpenZeppelin's flags want it. */
function sharedProof({ tree }, count) {
  const proof = [];
  const flags = [];
  let known = count;
  for (let height = 0; 1 << height < LEAVES; height += 1) {
    flags.push(...Array(known >> 1).fill(true));
    if (known % 2 === 1) {
      proof.push(tree.proof((known - 1) << height)[height]);
      flags.push(false);
    }
    known = (known + 1) >> 1;
  }
  return { proof: [...proof, ...tree.above], flags: [...flags, ...tree.above.map(() => false)] };
}

const claim = ({ distributor }, { epoch, accounts, token, each, tree }, i) =>
  distributor.claim(epoch, accounts[i], token, each, tree.proof(i));

function claimMany({ distributor }, { epoch, accounts, token, each, tree }) {
  const part = accounts.slice(0, BATCH);
  return distributor.claimMany(epoch, part, part.map(() => token), part.map(() => each), part.map((_, i) => tree.proof(i)));
}

function claimManyShared({ distributor }, batch) {
  const part = batch.accounts.slice(0, BATCH);
  const { proof, flags } = sharedProof(batch, BATCH);
  return distributor.claimManyShared(batch.epoch, part, part.map(() => batch.token), part.map(() => batch.each), proof, flags);
}

async function measureClaims(network, depth) {
  const size = `2^${depth} leaves`;
  const one = await publishBatch(network, "single", OWED, depth);
  record(`vote, first of three, ${size}`, one.first);
  record(`vote that completes the quorum, ${size}`, one.completing);
  record(`activate, ${size}`, one.activation);
  await done(claim(network, one, 0)); // the token's first payment at all
  record(`claim, first time, ${size}`, await gasOf(claim(network, one, 1)));
  record(`claim, nothing left, ${size}`, await gasOf(claim(network, one, 1)));
  record(`claim, repeated, ${size}`, await gasOf(claim(network, await publishBatch(network, "single", 2n * OWED, depth), 1)));
  for (const [name, send] of [["claimMany", claimMany], ["claimManyShared", claimManyShared]]) {
    for (const [times, kind] of [[1n, "first"], [2n, "repeated"]]) {
      const gas = await gasOf(send(network, await publishBatch(network, name, times * OWED, depth)));
      record(`${name} of ${BATCH} neighbours, per ${kind} claim, ${size}`, gas / BATCH);
    }
  }
}

/** Its claims are by index: one bit each, 256 bits to a word. */
async function measureUniswap({ owner, token }, depth) {
  const entries = [[0, 0], [256, 1], [512, 1], [513, 1]].map(([index, holder]) => [index, drawnAddress(`uniswap ${depth}`, holder), OWED]);
  const tree = neighbours(entries.map((entry) => solidityPackedKeccak256(["uint256", "address", "uint256"], entry)), depth, "uniswap siblings");
  const artifact = join(root, "node_modules/@uniswap/merkle-distributor/build/MerkleDistributor.json");
  const contract = await deployArtifact(owner, artifact, token, tree.root);
  await done(token.mint(contract, 10n * OWED));
  const send = (i) => gasOf(contract.claim(...entries[i], tree.proof(i)));
  const name = "Uniswap MerkleDistributor, claim";
  await send(0); // the token's first payment at all
  record(`${name}, first time, 2^${depth} leaves`, await send(1));
  record(`${name}, holder has a balance, 2^${depth} leaves`, await send(2));
  record(`${name}, the same in a used word of bits, 2^${depth} leaves`, await send(3));
}

/** Everything about one build, by name: `{cold}` or `{cold, warm}`. */
async function measureBuild(out, isOurs) {
  rows.clear();
  const { provider, stop } = await startAnvil(["--timestamp", String(GENESIS - 100), "--gas-limit", String(BLOCK_GAS)]);
  try {
    const network = await deployNetwork(provider, out);
    await measureSignedVotes(network);
    for (const depth of [10, 20]) await measureClaims(network, depth);
    if (isOurs) for (const depth of [10, 20]) await measureUniswap(network, depth);
    await measureMarket(network, (name, cold, warm) => rows.set(name, { cold, warm }));
    if (isOurs) await measureRewards(network, record);
  } finally {
    stop();
  }
  return new Map(rows);
}

const shown = (gas) => (gas === undefined ? "" : Math.round(gas).toLocaleString("en-US"));

const earlier = buildEarlier(process.env.BASE ?? BASE);
const before = earlier === undefined ? new Map() : await measureBuild(earlier, false);
const after = await measureBuild(join(root, "out"), true);
console.log(`before: ${earlier === undefined ? "not at hand" : process.env.BASE ?? BASE}\n`);
console.log("| transaction | before | after | before, warm | after, warm |\n|---|---|---|---|---|");
for (const [name, { cold, warm }] of after) {
  const then = before.get(name) ?? {};
  console.log(`| ${name} | ${shown(then.cold)} | ${shown(cold)} | ${shown(then.warm)} | ${shown(warm)} |`);
}
console.log("\n| contract | bytes of code | left of EIP-170's 24,576 |\n|---|---|---|");
for (const name of CONTRACTS) {
  const size = (JSON.parse(readFileSync(join(root, "out", `${name}.json`), "utf8")).deployed.length - 2) / 2;
  console.log(`| ${name} | ${shown(size)} | ${shown(24_576 - size)} |`);
}
const above = Object.entries(LIMITS).filter(([name, limit]) => !(after.get(name)?.cold < limit));
for (const [name, limit] of above) console.error(`${name}: expected below ${limit}, got ${after.get(name)?.cold}`);
process.exit(above.length === 0 ? 0 : 1);
