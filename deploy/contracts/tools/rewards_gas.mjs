// What the optional entries of stakes and rewards cost, for tools/gas.mjs: who does not use them pays nothing for them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Contract, MaxUint256, id, parseEther } from "ethers";
import { deployArtifact, done, gasOf, nextBallot, root, warpBy } from "./network.mjs";
import { drawnAddress, leafHash, neighbours, word } from "./tree.mjs";

const OWED = parseEther("5");
const DEPTH = 20;
const CHALLENGE = { bond: parseEther("10"), extension: 3_600 };
const NEVER = 4_000_000_000;

const abiOf = (name) => JSON.parse(readFileSync(join(root, "out", `${name}.json`), "utf8")).abi;

/** A tree in which the miner and the user are owed OWED each, active; with what a claim of theirs needs. */
async function publishOwed(network, vote) {
  const { distributor, token, miner, user } = network;
  const address = await token.getAddress();
  const accounts = [miner.address, user.address, drawnAddress("rewards", 0), drawnAddress("rewards", 1)];
  const tree = neighbours(accounts.map((account) => leafHash(account, address, OWED)), DEPTH, "rewards siblings");
  const ballot = await nextBallot(network, tree.root, (await distributor.acceptedTotal(address)) + 4n * OWED);
  await vote(ballot);
  await warpBy(network.provider, 3_600);
  await done(distributor.activate());
  return { epoch: ballot[0], proofOf: (account) => tree.proof(accounts.indexOf(account)), address };
}

async function measureChallenge(network, record) {
  const { distributor, token, oracles, owner, user } = network;
  const desk = new Contract(await distributor.desk(), abiOf("ChallengeDesk"), owner);
  await done(desk.setRules(CHALLENGE.bond, CHALLENGE.extension));
  await done(token.connect(user).approve(desk, MaxUint256));
  const total = await distributor.acceptedTotal(token);
  const vote = async (ballot) => {
    for (const oracle of oracles.slice(0, 2)) await done(distributor.connect(oracle).vote(...ballot));
  };
  const wrong = await nextBallot(network, word(7), total);
  await vote(wrong);
  const hash = await distributor.ballotAt(wrong[0]);
  record("challenge of a pending root", await gasOf(desk.connect(user).challenge(wrong[0], hash, id("evidence"))));
  await done(distributor.veto(wrong[0]));
  await vote([wrong[0], word(8), ...wrong.slice(2)]);
  await warpBy(network.provider, 3_600);
  await done(distributor.activate());
  record("close of a challenge, bond returned", await gasOf(desk.close(wrong[0], hash)));
}

/** The second oracle leaves its place on the committee to a seat whose hot key it is. */
async function measureSeat(network, record) {
  const { distributor, owner, oracles } = network;
  const seat = await deployArtifact(owner, join(root, "out/OracleSeat.json"), owner.address, distributor, oracles[1].address);
  await done(distributor.setCommittee([oracles[0].address, seat, oracles[2].address], 2));
  return publishOwed(network, async (ballot) => {
    await done(distributor.connect(oracles[0]).vote(...ballot));
    record("vote through a seat that completes the quorum", await gasOf(seat.connect(oracles[1]).vote(...ballot)));
  });
}

async function measureClaims(network, { epoch, proofOf, address }, app, record) {
  const { distributor, miner, user, owner } = network;
  const relay = new Contract(await distributor.relay(), abiOf("RewardRelay"), owner);
  const own = (account) => [epoch, account.address, address, OWED, proofOf(account.address)];
  record("claimTo, first time, 2^20 leaves", await gasOf(distributor.connect(miner).claimTo(...own(miner), drawnAddress("elsewhere", 0))));
  record("claimAndStake, first time, 2^20 leaves", await gasOf(relay.connect(user).claimAndStake(epoch, OWED, proofOf(user.address), app, 1)));
  record("setRecipient", await gasOf(distributor.connect(miner).setRecipient(drawnAddress("recipient", 0))));
  const domain = { name: "PoZK Reward Distributor", version: "1", chainId: 31337, verifyingContract: await distributor.getAddress() };
  const types = { SetRecipient: ["address account", "address to", "uint256 nonce", "uint256 deadline"].map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] })) };
  const content = { account: user.address, to: drawnAddress("recipient", 1), nonce: 0n, deadline: NEVER };
  const signature = await user.signTypedData(domain, types, content);
  record("setRecipientBySig", await gasOf(relay.setRecipientBySig(user.address, content.to, NEVER, signature)));
}

async function measureStakes({ staking, token, oracles, user, owner }, app, record) {
  const [staker] = oracles;
  await done(token.mint(staker.address, parseEther("100")));
  record("stakeFor another account, its first", await gasOf(staking.connect(user).stakeFor(app, 1, drawnAddress("given", 0), OWED)));
  const domain = { name: await token.name(), version: "1", chainId: 31337, verifyingContract: await token.getAddress() };
  const fields = ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"];
  const types = { Permit: fields.map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] })) };
  const content = { owner: staker.address, spender: await staking.getAddress(), value: OWED, nonce: 0n, deadline: NEVER };
  const signed = await staker.signTypedData(domain, types, content);
  const [r, s, v] = [signed.slice(0, 66), `0x${signed.slice(66, 130)}`, Number(`0x${signed.slice(130)}`)];
  record("stakeWithPermit, first of an account", await gasOf(staking.connect(staker).stakeWithPermit(app, 0, OWED, NEVER, v, r, s)));
  await done(token.mint(staking, 1n));
  record("rescue of surplus", await gasOf(staking.rescue(token, owner.address)));
}

/** Rows about what this build has and the earlier one lacks. */
export async function measureRewards(network, record) {
  const { registry, verifier } = network;
  const terms = [0, 1_000, verifier, 3_600, id("rewards")];
  const app = await registry.registerApp.staticCall(...terms);
  await done(registry.registerApp(...terms));
  await measureStakes(network, app, record);
  await measureChallenge(network, record);
  await measureClaims(network, await measureSeat(network, record), app, record);
}
