// What the market and stakes cost, for tools/gas.mjs. Of both builds: functions that one of them lacks are left out.
import { MaxUint256, keccak256, parseEther } from "ethers";
import { EPOCH_SECONDS, codeHash, done, gasOf, warpBy } from "./network.mjs";
import { drawnHash } from "./tree.mjs";

const BATCH = 10;
const FEE = parseEther("1");
const BOUNDS = [0, 0, parseEther("10")];
const ADDRESS_GAS = 2_400; // of an access list's entry, by EIP-2930
const SLOT_GAS = 1_900;

const publicsOf = (preimage) => keccak256(preimage);

/** Gas of a call in a transaction of its own, and what is left of it where an access list has touched everything. */
async function measure(provider, contract, name, args) {
  const call = await contract[name].populateTransaction(...args);
  const message = { from: contract.runner.address, to: call.to, data: call.data };
  const { accessList } = await provider.send("eth_createAccessList", [message, "latest"]);
  const snapshot = await provider.send("evm_snapshot", []);
  const listed = await gasOf(contract.runner.sendTransaction({ ...call, type: 1, accessList }));
  await provider.send("evm_revert", [snapshot]);
  const paid = accessList.reduce((sum, { storageKeys }) => sum + ADDRESS_GAS + SLOT_GAS * storageKeys.length, 0);
  return [await gasOf(contract[name](...args)), listed - paid];
}

async function approveApp({ provider, registry, verifier }) {
  const terms = [0, 1000, verifier, 3600];
  const app = await registry.registerApp.staticCall(...terms, "gas");
  await done(registry.registerApp(...terms, "gas"));
  const reviewed = await codeHash(provider, verifier);
  await done(registry.approveApp(app, (await registry.currentEpoch()) + 1n, ...terms, reviewed));
  return app;
}

async function measureStakes({ provider, staking, miner, user }, app, record) {
  const stake = (account) => measure(provider, staking.connect(account), "stake", [app, 0, parseEther("1000")]);
  record("stake, first of the network", ...(await stake(miner)));
  record("stake, first of a second account", ...(await stake(user)));
  record("stake, more in the same epoch", ...(await stake(miner)));
  await warpBy(provider, EPOCH_SECONDS);
  record("stake, more in a later epoch", ...(await stake(miner)));
}

/** The life of one task, its steps named with `note`. */
async function measureTask({ provider, market, user, miner }, app, preimage, record, note) {
  const [asUser, asMiner] = [market.connect(user), market.connect(miner)];
  const post = [app, FEE, "0x", publicsOf(preimage)];
  const taskId = await asUser.postTask.staticCall(...post);
  record(`postTask, one word of publics${note}`, ...(await measure(provider, asUser, "postTask", post)));
  record(`acceptTask${note}`, ...(await measure(provider, asMiner, "acceptTask", [taskId, ...BOUNDS])));
  const takesPublics = market.interface.getFunction("submitProof").inputs.length === 3;
  const proof = takesPublics ? [taskId, publicsOf(preimage), preimage] : [taskId, preimage];
  record(`submitProof with a verifier of one hash${note}`, ...(await measure(provider, asMiner, "submitProof", proof)));
}

/** Posting and accepting as one signed order; where there are none, as the two transactions that they take. */
async function measureOrder({ provider, market, user, miner }, app, record) {
  const preimage = drawnHash("order", 0);
  const name = "post and accept as one signed order";
  if (!market.interface.hasFunction("lockOrder")) {
    const single = [];
    const keep = (_, cold, warm) => single.push([cold, warm]);
    await measureTask({ provider, market, user, miner }, app, preimage, keep, "");
    return record(name, single[0][0] + single[1][0], single[0][1] + single[1][1]);
  }
  const fields = market.interface.getFunction("lockOrder").inputs[0].components.map(({ name, type }) => ({ name, type }));
  const domain = { name: "PoZK Task Market", version: "1", chainId: 31337, verifyingContract: await market.getAddress() };
  const plain = Object.fromEntries(fields.map(({ name, type }) => [name, type === "address" ? `0x${"00".repeat(20)}` : type === "bytes" ? "0x" : 0]));
  const { timestamp } = await provider.getBlock("latest");
  const ramp = { minFee: FEE, maxFee: 2n * FEE, rampStart: timestamp, rampEnd: timestamp + 600, lockBy: timestamp + 600 };
  const order = { ...plain, user: user.address, app, ...ramp, publics: publicsOf(preimage) };
  const signature = await user.signTypedData(domain, { Order: fields }, order);
  record(name, ...(await measure(provider, market.connect(miner), "lockOrder", [order, signature, BOUNDS])));
}

/** Ten tasks at once, by task; where there are no batches, one by one. */
async function measureBatch(network, app, record) {
  const { provider, market, user, miner } = network;
  const preimages = Array.from({ length: BATCH }, (_, i) => drawnHash("batch", i));
  const named = (step) => `${step}Many of ${BATCH}, a task`;
  if (!market.interface.hasFunction("postMany")) {
    const sums = new Map();
    for (const preimage of preimages) {
      const add = (name, cold) => sums.set(name.split(/[^a-z]/)[0], (sums.get(name.split(/[^a-z]/)[0]) ?? 0) + cold / BATCH);
      await measureTask(network, app, preimage, add, "");
    }
    for (const [step, gas] of sums) record(named(step), gas);
    return;
  }
  const noWishes = [0, 0, 0, `0x${"00".repeat(20)}`];
  const postings = preimages.map((preimage) => [app, FEE, "0x", publicsOf(preimage), noWishes]);
  const taskIds = [...(await market.connect(user).postMany.staticCall(postings))];
  record(named("post"), (await gasOf(market.connect(user).postMany(postings))) / BATCH);
  record(named("accept"), (await gasOf(market.connect(miner).acceptMany(taskIds.map((id) => [id, BOUNDS])))) / BATCH);
  const submissions = taskIds.map((id, i) => [id, publicsOf(preimages[i]), preimages[i]]);
  record(named("submit"), (await gasOf(market.connect(miner).submitMany(submissions))) / BATCH);
}

/**
 * Stakes and tasks. Accounts have tokens and unlimited allowances, the market holds the fee of another task, and but for the
 * first ones the miner has one open: what a network in use finds.
 */
export async function measureMarket(network, record) {
  const { token, staking, market, user, miner } = network;
  for (const signer of [user, miner]) {
    await done(token.mint(signer.address, parseEther("100000")));
    for (const spender of [staking, market]) await done(token.connect(signer).approve(spender, MaxUint256));
  }
  const app = await approveApp(network);
  await measureStakes(network, app, record);
  await measureTask(network, app, drawnHash("first", 0), record, ", first of a market");
  const standing = [app, FEE, "0x", publicsOf(drawnHash("standing", 0))];
  const taskId = await market.connect(user).postTask.staticCall(...standing);
  await done(market.connect(user).postTask(...standing));
  await done(market.connect(miner).acceptTask(taskId, ...BOUNDS));
  await measureTask(network, app, drawnHash("repeated", 0), record, "");
  await measureOrder(network, app, record);
  await measureBatch(network, app, record);
}
