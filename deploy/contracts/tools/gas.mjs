// Gas of whole transactions on a local chain, as a markdown table. Every figure comes from this run; the distributor
// of @uniswap/merkle-distributor is deployed on the same chain from its published artifact.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContractFactory, Wallet, ZeroHash, keccak256, parseEther, solidityPackedKeccak256 } from "ethers";
import { startAnvil } from "./anvil.mjs";
import { drawnAddress, drawnHash, leafHash, neighbours, word } from "./tree.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const GENESIS = 1_800_000_000;
const LENGTH = 86_400;
const DELAY = 3_600;
const CLOCK = [GENESIS, LENGTH, 0];
const GAS_LIMIT = 25_000_000;
const MNEMONIC = "test test test test test test test test test test test junk";
const rows = [];

const record = (name, gas) => rows.push([name, Number(gas)]);
const report = (epoch) => drawnHash("report", epoch);

async function warp(provider, timestamp) {
  await provider.send("evm_setNextBlockTimestamp", [timestamp]);
  await provider.send("evm_mine", []);
}

async function gasOf(pending) {
  const receipt = await (await pending).wait();
  return receipt.gasUsed;
}

function deployer(provider, owner) {
  return async (name, ...args) => {
    const { abi, bytecode } = JSON.parse(readFileSync(join(root, "out", `${name}.json`), "utf8"));
    return (await new ContractFactory(abi, bytecode, owner).deploy(...args, { gasLimit: GAS_LIMIT })).waitForDeployment();
  };
}

/** One network with three oracles; `accounts` are signers with ether. */
async function deployNetwork(provider) {
  const accounts = Array.from({ length: 8 }, (_, i) => Wallet.fromPhrase(MNEMONIC).connect(provider) && i).map(
    (i) => provider.getSigner(i),
  );
  const [owner, treasury, ...others] = await Promise.all(accounts);
  const oracles = others.slice(0, 3);
  const deploy = deployer(provider, owner);
  await warp(provider, GENESIS);
  const token = await deploy("DevToken", "PoZK", "POZK", owner.address);
  const parameters = await deploy("Parameters", CLOCK, owner.address);
  const registry = await deploy("AppRegistry", CLOCK, owner.address);
  const staking = await deploy("Staking", CLOCK, owner.address, token);
  const market = await deploy(
    "TaskMarket", CLOCK, owner.address, token, registry, staking, parseEther("10"), parseEther("1"),
  );
  const distributor = await deploy(
    "RewardDistributor", CLOCK, owner.address, token, parameters, treasury.address, owner.address, DELAY,
    oracles.map((oracle) => oracle.address),
  );
  const verifier = await deploy("PreimageVerifier");
  await (await token.mint(treasury.address, parseEther("1000000"))).wait();
  await (await token.connect(treasury).approve(distributor, parseEther("1000000"))).wait();
  await (await parameters.setEmission(0, parseEther("100000"))).wait();
  await (await staking.setSlasher(market, true)).wait();
  return { provider, owner, treasury, oracles, user: others[3], miner: others[4], deploy, token, registry, staking, market, distributor, verifier };
}

/** Publishes a root for the next epoch and returns what each step cost. */
async function publish(network, rootHash, total) {
  const { provider, distributor, oracles, token } = network;
  const epoch = Number(await distributor.nextEpoch());
  const { timestamp } = await provider.getBlock("latest");
  if (timestamp < GENESIS + (epoch + 1) * LENGTH) await warp(provider, GENESIS + (epoch + 1) * LENGTH);
  const ballot = [epoch, rootHash, [await token.getAddress()], [total], report(epoch)];
  const first = await gasOf(distributor.connect(oracles[0]).vote(...ballot));
  const completing = await gasOf(distributor.connect(oracles[1]).vote(...ballot));
  await warp(provider, (await provider.getBlock("latest")).timestamp + DELAY);
  const activation = await gasOf(distributor.activate());
  return { epoch, first, completing, activation };
}

async function signedQuorum(network, rootHash, total) {
  const { provider, distributor, oracles, token } = network;
  const epoch = Number(await distributor.nextEpoch());
  await warp(provider, GENESIS + (epoch + 1) * LENGTH);
  const domain = { name: "PoZK Reward Distributor", version: "1", chainId: 31337, verifyingContract: await distributor.getAddress() };
  const types = {
    Vote: [
      ["uint64", "epoch"], ["uint64", "round"], ["uint256", "nonce"], ["bytes32", "root"], ["address[]", "tokens"],
      ["uint256[]", "cumulative"], ["bytes32", "reportHash"],
    ].map(([type, name]) => ({ type, name })),
  };
  const ballot = { epoch, root: rootHash, tokens: [await token.getAddress()], cumulative: [total], reportHash: report(epoch) };
  const signatures = await Promise.all(
    oracles.slice(0, 2).map(async (oracle) =>
      oracle.signTypedData(domain, types, { ...ballot, round: await distributor.round(epoch), nonce: await distributor.nonces(oracle.address) }),
    ),
  );
  const gas = await gasOf(
    distributor.voteBySig(epoch, rootHash, ballot.tokens, ballot.cumulative, ballot.reportHash, oracles.slice(0, 2).map((oracle) => oracle.address), signatures),
  );
  await warp(provider, (await provider.getBlock("latest")).timestamp + DELAY);
  await (await distributor.activate()).wait();
  return gas;
}

/** Leaves of 64 drawn accounts, each owed `each` wei in all. */
function batch(token, seed, each, depth) {
  const accounts = Array.from({ length: 64 }, (_, i) => drawnAddress(seed, i));
  const tree = neighbours(accounts.map((account) => leafHash(account, token, each)), depth, `${seed} siblings`);
  return { accounts, each, tree };
}

/** A multiproof of the first `count` leaves of a batch, as OpenZeppelin's flags want it. */
function sharedProof({ tree, accounts, each }, token, count) {
  const proof = [];
  const flags = [];
  let known = count;
  let width = 64;
  for (let height = 0; width > 1; height += 1, width /= 2) {
    const pairs = known >> 1;
    flags.push(...Array(pairs).fill(true));
    if (known % 2 === 1) {
      proof.push(tree.proof((known - 1) << height)[height]);
      flags.push(false);
    }
    known = (known + 1) >> 1;
  }
  proof.push(...tree.above);
  flags.push(...tree.above.map(() => false));
  return { proof, flags };
}

async function measureClaims(network, depth) {
  const { distributor, token } = network;
  const address = await token.getAddress();
  const size = `2^${depth}`;
  const total = BigInt(await distributor.acceptedTotal(address));
  const grow = parseEther("1000");
  const claims = async (seed, each, sum) => {
    const made = batch(address, `${seed} ${depth}`, each, depth);
    const steps = await publish(network, made.tree.root, sum);
    return { ...made, ...steps };
  };
  const one = await claims("single", 10n ** 18n, total + grow);
  record(`vote, first of three, ${size} leaves`, one.first);
  record(`vote that completes the quorum, ${size} leaves`, one.completing);
  record(`activate, ${size} leaves`, one.activation);
  const single = (made, i) => distributor.claim(made.epoch, made.accounts[i], address, made.each, made.tree.proof(i));
  await (await single(one, 0)).wait();
  record(`claim, first time, ${size} leaves`, await gasOf(single(one, 1)));
  record(`claim, nothing left, ${size} leaves`, await gasOf(single(one, 1)));
  const many = (made, count) => {
    const part = made.accounts.slice(0, count);
    return distributor.claimMany(
      made.epoch, part, part.map(() => address), part.map(() => made.each), part.map((_, i) => made.tree.proof(i)),
      { gasLimit: GAS_LIMIT },
    );
  };
  const shared = (made, count) => {
    const part = made.accounts.slice(0, count);
    const { proof, flags } = sharedProof(made, address, count);
    return distributor.claimManyShared(
      made.epoch, part, part.map(() => address), part.map(() => made.each), proof, flags, { gasLimit: GAS_LIMIT },
    );
  };
  const twice = await claims("single", 2n * 10n ** 18n, total + 2n * grow);
  record(`claim, repeated, ${size} leaves`, await gasOf(single(twice, 1)));
  const fresh = await claims("many", 10n ** 18n, total + 3n * grow);
  record(`claimMany of 50, per first claim, ${size} leaves`, (await gasOf(many(fresh, 50))) / 50n);
  const again = await claims("many", 2n * 10n ** 18n, total + 4n * grow);
  record(`claimMany of 50, per repeated claim, ${size} leaves`, (await gasOf(many(again, 50))) / 50n);
  const sharedFresh = await claims("shared", 10n ** 18n, total + 5n * grow);
  record(`claimManyShared of 50 neighbours, per first claim, ${size} leaves`, (await gasOf(shared(sharedFresh, 50))) / 50n);
  const sharedAgain = await claims("shared", 2n * 10n ** 18n, total + 6n * grow);
  record(`claimManyShared of 50 neighbours, per repeated claim, ${size} leaves`, (await gasOf(shared(sharedAgain, 50))) / 50n);
}

async function measureUniswap(network, depth) {
  const { owner, token } = network;
  const folder = join(root, "node_modules/@uniswap/merkle-distributor/build/MerkleDistributor.json");
  const { abi, bytecode } = JSON.parse(readFileSync(folder, "utf8"));
  const leaf = (index, account) => solidityPackedKeccak256(["uint256", "address", "uint256"], [index, account, 10n ** 18n]);
  const holders = [0, 1, 1, 1].map((i) => drawnAddress(`uniswap ${depth}`, i));
  const indexes = [0, 256, 512, 513];
  const tree = neighbours(holders.map((account, i) => leaf(indexes[i], account)), depth, "uniswap siblings");
  const contract = await (await new ContractFactory(abi, bytecode, owner).deploy(token, tree.root)).waitForDeployment();
  await (await token.mint(contract, parseEther("10"))).wait();
  const claim = (i) => gasOf(contract.claim(indexes[i], holders[i], 10n ** 18n, tree.proof(i)));
  await claim(0);
  record(`Uniswap MerkleDistributor, claim, first time, 2^${depth} leaves`, await claim(1));
  record(`Uniswap MerkleDistributor, claim, holder has a balance, 2^${depth} leaves`, await claim(2));
  record(`Uniswap MerkleDistributor, the same in a used bitmap word, 2^${depth} leaves`, await claim(3));
}

async function measureMarket(network) {
  const { provider, owner, token, registry, staking, market, verifier, user, miner } = network;
  for (const signer of [user, miner]) {
    await (await token.mint(signer.address, parseEther("1000"))).wait();
    for (const spender of [staking, market]) await (await token.connect(signer).approve(spender, parseEther("1000"))).wait();
  }
  const app = await registry.registerApp.staticCall(0, 1000, verifier, 3600, "gas");
  await (await registry.registerApp(0, 1000, verifier, 3600, "gas")).wait();
  const current = await registry.currentEpoch();
  await (await registry.approveApp(app, current + 1n, 0, 1000, verifier, 3600)).wait();
  record("stake, first of an account", await gasOf(staking.connect(miner).stake(app, 0, parseEther("100"))));
  record("stake, more in the same epoch", await gasOf(staking.connect(miner).stake(app, 0, parseEther("100"))));
  await warp(provider, (await provider.getBlock("latest")).timestamp + LENGTH);
  record("stake, more in a later epoch", await gasOf(staking.connect(miner).stake(app, 0, parseEther("1"))));
  const run = async (seed, note) => {
    const preimage = drawnHash(seed, 0);
    const post = [app, parseEther("1"), "0x", keccak256(preimage)];
    const taskId = await market.connect(user).postTask.staticCall(...post);
    record(`postTask, one word of publics, ${note}`, await gasOf(market.connect(user).postTask(...post)));
    record(`acceptTask, ${note}`, await gasOf(market.connect(miner).acceptTask(taskId)));
    record(`submitProof with a verifier of one hash, ${note}`, await gasOf(market.connect(miner).submitProof(taskId, preimage)));
  };
  await run("task one", "first of an account");
  await run("task two", "repeated");
  return owner;
}

async function main() {
  const { provider, stop } = await startAnvil(["--timestamp", String(GENESIS - 100), "--gas-limit", "30000000"]);
  try {
    const network = await deployNetwork(provider);
    const epoch = Number(await network.distributor.nextEpoch());
    const gas = await signedQuorum(network, word(1), 0n);
    record("voteBySig of two that complete the quorum", gas);
    for (const depth of [10, 20]) await measureClaims(network, depth);
    for (const depth of [10, 20]) await measureUniswap(network, depth);
    await measureMarket(network);
    if (epoch !== 0 || ZeroHash.length !== 66) throw new Error("the network was not new");
    console.log("| transaction | gas |\n|---|---|");
    for (const [name, used] of rows) console.log(`| ${name} | ${used.toLocaleString("en-US")} |`);
  } finally {
    stop();
  }
}

await main();
process.exit(0);
