// Gas of whole transactions on a local chain, as a markdown table. Every figure comes from this run; the distributor
// of @uniswap/merkle-distributor is deployed on the same chain from its published artifact.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Contract, MaxUint256, keccak256, parseEther, solidityPackedKeccak256 } from "ethers";
import { startAnvil } from "./anvil.mjs";
import { EPOCH_SECONDS, GENESIS, activate, codeHash, deployArtifact, deployNetwork, done, gasOf, nextBallot, publish, root, warpBy } from "./network.mjs";
import { drawnAddress, drawnHash, leafHash, neighbours, word } from "./tree.mjs";

const BLOCK_GAS = 30_000_000;
const BATCH = 50;
const LEAVES = 64; // real leaves of a batch's tree; the rest of the tree is drawn
const OWED = 10n ** 18n; // wei that each leaf adds
const PER_EPOCH = parseEther("1000");
// What a claim may cost at most; more fails the run.
const LIMITS = {
  "claim, first time, 2^20 leaves": 108_000,
  "claim, repeated, 2^20 leaves": 74_000,
  "claimMany of 50 neighbours, per first claim, 2^20 leaves": 70_000,
  "claimMany of 50 neighbours, per repeated claim, 2^20 leaves": 34_000,
};
const rows = [];

const record = (name, gas) => rows.push([name, Math.round(gas)]);

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
  const relay = new Contract(await distributor.relay(), JSON.parse(readFileSync(join(root, "out/RewardRelay.json"), "utf8")).abi, network.owner);
  const sent = relay.voteBySig(
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

async function measureStakes({ provider, staking, registry, verifier, miner, user }) {
  const terms = [0, 1000, verifier, 3600];
  const app = await registry.registerApp.staticCall(...terms, "gas");
  await done(registry.registerApp(...terms, "gas"));
  const reviewed = await codeHash(provider, verifier);
  await done(registry.approveApp(app, (await registry.currentEpoch()) + 1n, ...terms, reviewed));
  const stake = (account = miner) => gasOf(staking.connect(account).stake(app, 0, parseEther("100")));
  record("stake, first of the network", await stake());
  record("stake, first of a second account", await stake(user));
  record("stake, more in the same epoch", await stake());
  await warpBy(provider, EPOCH_SECONDS);
  record("stake, more in a later epoch", await stake());
  return app;
}

async function measureTask({ market, user, miner }, app, note) {
  const preimage = drawnHash(note, 0);
  const post = [app, parseEther("1"), "0x", keccak256(preimage)];
  const taskId = await market.connect(user).postTask.staticCall(...post);
  record(`postTask, one word of publics, ${note}`, await gasOf(market.connect(user).postTask(...post)));
  record(`acceptTask, ${note}`, await gasOf(market.connect(miner).acceptTask(taskId, 0, 0, parseEther("10"))));
  record(`submitProof with a verifier of one hash, ${note}`, await gasOf(market.connect(miner).submitProof(taskId, preimage)));
}

async function measureMarket(network) {
  const { token, staking, market, user, miner } = network;
  for (const signer of [user, miner]) {
    await done(token.mint(signer.address, parseEther("1000")));
    for (const spender of [staking, market]) await done(token.connect(signer).approve(spender, MaxUint256));
  }
  const app = await measureStakes(network);
  await measureTask(network, app, "first of an account");
  await measureTask(network, app, "repeated");
}

const { provider, stop } = await startAnvil(["--timestamp", String(GENESIS - 100), "--gas-limit", String(BLOCK_GAS)]);
try {
  const network = await deployNetwork(provider);
  await measureSignedVotes(network);
  for (const depth of [10, 20]) await measureClaims(network, depth);
  for (const depth of [10, 20]) await measureUniswap(network, depth);
  await measureMarket(network);
} finally {
  stop();
}
console.log("| transaction | gas |\n|---|---|");
for (const [name, gas] of rows) console.log(`| ${name} | ${gas.toLocaleString("en-US")} |`);
const used = Object.fromEntries(rows);
const above = Object.entries(LIMITS).filter(([name, limit]) => !(used[name] < limit));
for (const [name, limit] of above) console.error(`${name}: expected below ${limit}, got ${used[name]}`);
process.exit(above.length === 0 ? 0 : 1);
