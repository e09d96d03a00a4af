import assert from "node:assert/strict";
import { test } from "node:test";

import { type Hex, sha256, toHex } from "../verify/bytes.ts";
import { encodeClaims } from "../src/wallet/abi.ts";
import { parseAddress } from "../src/wallet/chain.ts";
import { discoverWallets, type Wallet } from "../src/wallet/discovery.ts";
import { safeFile } from "../src/wallet/safe.ts";

const filled = (byte: string, size: number): Hex => `0x${byte.repeat(size)}`;
const provider = () => ({ request: async () => null });

test("encodeClaims: the bytes that eth-abi gives", () => {
  const data = encodeClaims(7n, [
    { account: filled("a1", 20), token: filled("b2", 20), cumulative: 5n, proof: [] },
    { account: filled("a1", 20), token: filled("b3", 20), cumulative: 10n ** 24n, proof: [filled("01", 32), filled("02", 32)] },
  ]);
  const bytes = Uint8Array.from((data.slice(2).match(/../g) ?? []).map((pair) => Buffer.from(pair, "hex")[0] as number));
  assert.equal(bytes.length, 676);
  assert.equal(toHex(sha256(bytes)), "0x025f7a43535401f9e448a951aa560016103641239cd3ea41791235ab392df15e");
});

test("discoverWallets: two that both say MetaMask are both there, window.ethereum last and only if it is another", () => {
  const page = Object.assign(new EventTarget(), { ethereum: provider() });
  const announce = (uuid: string, name: string, rdns: string, of = provider(), icon = "data:image/png;base64,AA==") =>
    page.dispatchEvent(Object.assign(new Event("eip6963:announceProvider"), { detail: { info: { uuid, name, rdns, icon }, provider: of } }));
  page.addEventListener("eip6963:requestProvider", () => announce("1", "MetaMask", "io.metamask"));
  let seen: readonly Wallet[] = [];
  const end = discoverWallets(page, (wallets) => (seen = wallets));
  announce("2", "MetaMask", "com.evil.wallet", provider(), "https://evil.example/track.png");
  announce("2", "MetaMask again", "io.metamask");
  assert.deepEqual(seen.map(({ name, origin, icon }) => [name, origin, icon !== null]), [
    ["MetaMask", "io.metamask", true],
    ["MetaMask", "com.evil.wallet", false],
    ["Browser wallet", "window.ethereum, which does not say who it is", false],
  ]);
  announce("3", "The same as window.ethereum", "x", page.ethereum);
  assert.deepEqual(seen.map(({ key }) => key), ["1", "2", "3"]);
  page.dispatchEvent(new Event("eip6963:announceProvider"));
  end();
  announce("4", "Late", "x");
  assert.equal(seen.length, 3);
});

test("safeFile: what Safe's Transaction Builder imports", () => {
  const file = JSON.parse(safeFile(31337n, filled("d1", 20), "0x1234", "a claim", 1_700_000_000_000));
  assert.deepEqual(file.transactions, [{ to: filled("d1", 20), value: "0", data: "0x1234", contractMethod: null, contractInputsValues: null }]);
  assert.deepEqual([file.version, file.chainId, file.createdAt], ["1.0", "31337", 1_700_000_000_000]);
});

test("parseAddress: any case, blanks around it; nothing else", () => {
  assert.equal(parseAddress(` 0x${"Ab".repeat(20)} `), filled("ab", 20));
  for (const text of ["", "0x", "ab".repeat(20), `0x${"ab".repeat(19)}`, `0x${"zz".repeat(20)}`]) assert.equal(parseAddress(text), null);
});
