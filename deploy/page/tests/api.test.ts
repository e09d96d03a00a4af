import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, DocumentError } from "../src/api/client.ts";
import { amountOf, fromTokens, gates, inTokens, percent, show } from "../src/api/money.ts";
import { loadProof } from "../src/api/proofs.ts";
import { duration, fromChain, shortHex, utc } from "../src/api/text.ts";
import { plainFragment } from "../src/parts/plain.ts";
import { queryOf } from "../src/views/whatif.tsx";

test("inTokens and fromTokens: every wei comes back, at 0, 6 and 18 decimals", () => {
  for (const decimals of [0, 6, 18]) {
    for (const wei of [0n, 1n, 10n ** 18n, 10n ** 38n - 1n, 123_456_789n]) assert.equal(fromTokens(inTokens(wei, decimals), decimals), wei);
  }
  assert.equal(inTokens(-1n, 18), "-0.000000000000000001");
  assert.equal(inTokens(5n, null), "5");
  for (const text of ["", "-1", "1e3", "1.0000000000000000001", "0x1", "1.2.3"]) assert.throws(() => fromTokens(text, 18), RangeError);
  for (const value of [1, "1.5", "", null, "0x1"]) assert.throws(() => amountOf(value), RangeError);
});

test("show: cut, never rounded up, and less than the last place says so", () => {
  assert.deepEqual(show(1_234_999_999n, 6, 2), { whole: "1,234", fraction: "99", isCut: true });
  assert.deepEqual(show(10n ** 18n, 18), { whole: "1", fraction: "0000", isCut: false });
  assert.deepEqual(show(1n, 18), { whole: "<0", fraction: "0001", isCut: false });
  assert.deepEqual(show(0n, 18), { whole: "0", fraction: "0000", isCut: false });
  assert.deepEqual(show(12_345n, null), { whole: "12,345", fraction: "", isCut: false });
  assert.deepEqual([gates(871_616_000n), gates(195_919_638_000n), gates(14_094_000n), gates(500n)], ["871.6 k", "195.9 M", "14 k", "0.5"]);
  assert.deepEqual([percent(1n, 3n), percent(1n, 0n)], ["33.33 %", "0.00 %"]);
});

test("fromChain: nothing hides, turns or is endless", () => {
  assert.equal(fromChain("a\u202eb\u0000c\u200bd"), "a\ufffdb\ufffdc\ufffdd");
  assert.equal(fromChain("<script>"), "<script>");
  assert.equal(fromChain("x".repeat(99), 5), "xxxxx…");
  assert.equal(fromChain(null), "");
  assert.deepEqual([shortHex(`0x${"ab".repeat(20)}`), utc(0), duration(93_784), duration(-5)], ["0xabab…abab", "1970-01-01 00:00 UTC", "1 d 02:03:04", "00:00:00"]);
});

const answering = (status: number, body: string) => (async () => new Response(body, { status })) as unknown as typeof fetch;

test("Client: absent, unreachable and refused are told apart, each in words", async () => {
  const kinds: [typeof fetch, string, RegExp][] = [
    [answering(404, "{}"), "absent", /no such thing/],
    [answering(503, ""), "unreachable", /has trouble/],
    [answering(503, '{"error":"the database is away","exit_code":3}'), "unreachable", /^the database is away$/],
    [answering(429, ""), "unreachable", /Too many questions/],
    [answering(422, '{"error":"limit: expected 1 to 500, got 0","exit_code":2}'), "refused", /expected 1 to 500/],
    [answering(200, "<html>"), "refused", /is not JSON/],
    [(async () => { throw new TypeError("network"); }) as unknown as typeof fetch, "unreachable", /cannot be reached/],
  ];
  for (const [fetcher, kind, message] of kinds) {
    await assert.rejects(new Client("http://here/", false, fetcher).load("epochs"), (error: DocumentError) => error.kind === kind && message.test(error.message));
  }
});

test("Client: an export is asked for files, the API with its query", async () => {
  const asked: string[] = [];
  const fetcher = (async (url: string) => (asked.push(url), new Response("{}"))) as unknown as typeof fetch;
  await new Client("http://here/", false, fetcher).load("simulate", { stake: ["a", "b"], weights: "1" });
  await new Client("http://here/sub/", true, fetcher).load("epochs", { limit: "5" });
  assert.deepEqual(asked, ["http://here/v1/simulate?stake=a&stake=b&weights=1", "http://here/sub/v1/epochs.json"]);
});

test("plainFragment: an address without scripts becomes the page's own, below whatever folder", () => {
  const account = `0x${"ab".repeat(20)}`;
  for (const folder of ["http://here/", "http://here/sub/"]) {
    const of = (path: string): string | null => plainFragment(folder, folder + path);
    assert.deepEqual([of("epochs.html"), of("epoch/7.html"), of(`account/${account}.html`)], ["epochs", "epoch/7", `account/${account}`]);
    assert.deepEqual([of(`account.html?account=+${account}+`), of("account.html?account=a/b")], [`account/${account}`, "account/a%2Fb"]);
    assert.deepEqual([of(""), of("#/epochs"), of("index.html"), of("other/7.html"), of("epoch/../x.html")], [null, null, null, null, null]);
  }
  assert.equal(plainFragment("http://here/sub/", "http://here/epochs.html"), null);
});

test("loadProof: from a shard of an export, or from the API; null where there is none", async () => {
  const account = `0x${"ab".repeat(20)}` as const;
  const tokens = [{ token: account, symbol: null, decimals: 18, cumulative: "5", proof: [] }];
  const shard = new Client("http://here/", true, answering(200, JSON.stringify({ epoch: 3, root: "0x", accounts: { [account]: tokens } })));
  assert.deepEqual(await loadProof(shard, account), { account, epoch: 3, root: "0x", tokens });
  assert.equal(await loadProof(shard, account, 2n), null);
  assert.equal(await loadProof(shard, `0x${"ac".repeat(20)}`), null);
  assert.equal(await loadProof(new Client("http://here/", false, answering(404, "")), account), null);
  assert.equal(await loadProof(new Client("http://here/", false, answering(200, '{"tokens":[]}')), account), null);
});

test("queryOf: what is typed becomes the question of the command line, or words about what is wrong", () => {
  const wish = { app: "", account: "", role: "miner", stake: "", a: "", c: "", ruleset: "", residual: "" };
  const token = { token: "", symbol: "PZK", decimals: 18 };
  const account = `0x${"AB".repeat(20)}`;
  assert.deepEqual(queryOf(wish, token), {});
  assert.deepEqual(queryOf({ ...wish, app: "0xapp", account, stake: "1.5", a: "2500", c: "10000", ruleset: "paper-v2" }, token), {
    stake: `0xapp:0x${"ab".repeat(20)}:miner=1500000000000000000`, weights: "2500,7500,10000,0", ruleset: "paper-v2",
  });
  assert.match(queryOf({ ...wish, stake: "1" }, token) as string, /needs an app and an account/);
  assert.match(queryOf({ ...wish, app: "0xapp", account, stake: "1e5" }, token) as string, /no amount/);
  assert.match(queryOf({ ...wish, a: "10001", c: "1" }, token) as string, /0 to 10000/);
});
