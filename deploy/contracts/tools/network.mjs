// A network of one's own on a local chain, deployed from out/, for measuring.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContractFactory, keccak256, parseEther } from "ethers";
import { drawnHash } from "./tree.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
export const GENESIS = 1_800_000_000;
export const EPOCH_SECONDS = 86_400;
const DELAY_SECONDS = 3_600;
const CLOCK = [GENESIS, EPOCH_SECONDS, 0];
const EMISSION = parseEther("100000");
const TREASURY = parseEther("1000000");

export const drawnReport = (epoch) => drawnHash("report", epoch);

/** Gas of a transaction, once it is mined. */
export async function gasOf(sent) {
  return Number((await (await sent).wait()).gasUsed);
}

export async function done(sent) {
  await (await sent).wait();
}

export async function warpTo(provider, timestamp) {
  const latest = await provider.getBlock("latest");
  if (latest.timestamp >= timestamp) return;
  await provider.send("evm_setNextBlockTimestamp", [timestamp]);
  await provider.send("evm_mine", []);
}

export async function warpBy(provider, seconds) {
  await warpTo(provider, (await provider.getBlock("latest")).timestamp + seconds);
}

export async function deployArtifact(signer, path, ...args) {
  const { abi, bytecode } = JSON.parse(readFileSync(path, "utf8"));
  return (await new ContractFactory(abi, bytecode, signer).deploy(...args)).waitForDeployment();
}

/** The hash of a contract's code, as it is repeated to approve it. */
export async function codeHash(provider, contract) {
  return keccak256(await provider.getCode(contract));
}

/** All contracts of a build (`out`) with three oracles; the first account is DAO and guardian. */
export async function deployNetwork(provider, out = join(root, "out")) {
  const signers = await Promise.all(Array.from({ length: 7 }, (_, i) => provider.getSigner(i)));
  const [owner, treasury, user, miner, ...oracles] = signers;
  const deploy = (name, ...args) => deployArtifact(owner, join(out, `${name}.json`), ...args);
  const owned = [CLOCK, owner.address];
  await warpTo(provider, GENESIS);
  const token = await deploy("DevToken", "PoZK", "POZK", owner.address);
  const parameters = await deploy("Parameters", ...owned);
  const registry = await deploy("AppRegistry", ...owned, parameters);
  const staking = await deploy("Staking", ...owned, token, registry);
  const roles = [owner.address, owner.address, owner.address];
  const capacity = [parseEther("10"), parseEther("1")];
  const linked = [token, registry, staking];
  const market = existsSync(join(out, "MarketDesk.json"))
    ? await deploy("TaskMarket", await deploy("MarketDesk", CLOCK, ...linked), roles, capacity)
    : await deploy("TaskMarket", CLOCK, roles, ...linked, capacity);
  const members = oracles.map((oracle) => oracle.address);
  const people = [owner.address, treasury.address, owner.address, owner.address];
  const linkedRewards = existsSync(join(out, "RewardRelay.json"))
    ? [CLOCK, people, token, parameters, staking]
    : [...owned, token, parameters, ...people.slice(1)];
  const distributor = await deploy("RewardDistributor", ...linkedRewards, DELAY_SECONDS, members);
  const verifier = await deploy("PreimageVerifier");
  await done(token.mint(treasury.address, TREASURY));
  await done(token.connect(treasury).approve(distributor, TREASURY));
  await done(distributor.connect(treasury).acceptTreasury());
  await done(parameters.setEmission(0, EMISSION));
  await done(parameters.setSchemeWeight(0, 0, 1_000));
  await done(staking.setSlasher(market, true, await codeHash(provider, market)));
  return { provider, owner, user, miner, oracles, token, registry, staking, market, distributor, verifier };
}

/** What is voted on for the next epoch, which is over when this returns. */
export async function nextBallot({ provider, distributor, token }, rootHash, total) {
  const epoch = Number(await distributor.nextEpoch());
  await warpTo(provider, GENESIS + (epoch + 1) * EPOCH_SECONDS);
  return [epoch, rootHash, [await token.getAddress()], [total], drawnReport(epoch)];
}

/** Activates what was proposed last and returns its gas. */
export async function activate({ provider, distributor }) {
  await warpBy(provider, DELAY_SECONDS);
  return gasOf(distributor.activate());
}

/** Publishes a root by two of three votes; returns its epoch and the gas of every step. */
export async function publish(network, rootHash, total) {
  const { distributor, oracles } = network;
  const ballot = await nextBallot(network, rootHash, total);
  const first = await gasOf(distributor.connect(oracles[0]).vote(...ballot));
  const completing = await gasOf(distributor.connect(oracles[1]).vote(...ballot));
  return { epoch: ballot[0], first, completing, activation: await activate(network) };
}
