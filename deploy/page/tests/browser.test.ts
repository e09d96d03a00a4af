import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";

import type { Hex } from "../verify/bytes.ts";
import type { Provider } from "../src/wallet/chain.ts";
import { DISTRIBUTOR } from "./documents.ts";
import { PLAYER, SHADOWED } from "./shadow.ts";
import { type Site, serveSite } from "./site.ts";
import { type State, STATES } from "./states.ts";
import { play, playedWallet } from "./wallet.ts";

const CHROMIUM = "/usr/bin/chromium";
const skip = existsSync(CHROMIUM) ? false : "Debian's chromium is not installed";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = process.env["POZK_SCREENSHOTS"];
const WIDE = { width: 1280, height: 900 }, NARROW = { width: 390, height: 844 };
/** Both themes and both widths; each with each where the pages are drawn to be looked at. */
const VIEWS = SHOTS === undefined ? ([["light", WIDE], ["dark", NARROW]] as const) : ([["light", WIDE], ["light", NARROW], ["dark", WIDE], ["dark", NARROW]] as const);

let site: Site;
let browser: Browser;
before(async () => {
  if (skip !== false) return;
  site = await serveSite();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
});
after(async () => {
  await browser?.close();
  site?.close();
});

interface Opened { readonly page: Page; readonly faults: string[] }

/** Open a page; what its console says against it is collected. `prepare` comes before its scripts. */
async function open(fragment: string, prepare: (page: Page) => Promise<void> = async () => undefined): Promise<Opened> {
  const page = await browser.newPage({ viewport: WIDE, colorScheme: "light" });
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (404|503)/.test(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("dialog", (dialog) => faults.push(`a dialog: ${dialog.message()}`));
  await page.addInitScript(sumShifts);
  await prepare(page);
  await page.goto(`${site.url}#/${fragment}`);
  await settle(page);
  return { page, faults };
}

/** Until all that was asked for is drawn. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector("main h1, main .empty") !== null && document.querySelector(".waiting") === null);
}

/** Go to another view of the same document, until it is drawn. */
async function turn(page: Page, fragment: string): Promise<void> {
  const url = `${site.url}#/${fragment}`;
  if (page.url() === url) return settle(page);
  await page.evaluate(() => document.querySelector("main h1, main .empty")?.setAttribute("data-old", ""));
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("[data-old]") === null);
  await settle(page);
}

/** Runs in the page: adds up what moved without anybody touching it (the browser's layout shifts), with what it was. */
function sumShifts(): void {
  const shifts = ((globalThis as any).shifts = { sum: 0, moved: [] as string[] });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries() as any[]) {
      if (hadRecentInput) continue;
      shifts.sum += value;
      shifts.moved.push(...sources.map(({ node }: { node: Element | null }) => `${node?.nodeName} ${node?.textContent?.slice(0, 40)}`));
    }
  }).observe({ type: "layout-shift", buffered: true });
}

const MOST_SHIFT = 0.005;
/** Nothing jumped since the page was opened; by the measure of browsers 0.1 is good. */
async function assertStill(page: Page, where: string): Promise<void> {
  const { sum, moved } = await page.evaluate(() => (globalThis as any).shifts);
  assert.ok(sum < MOST_SHIFT, `${where}: a layout shift of ${sum}: ${moved.join("; ")}`);
}

const account = (): string => site.epochs[1].rows.amounts[0]?.account as string;
const PAGES: readonly (readonly [string, () => string])[] = [
  ["overview", () => ""], ["epochs", () => "epochs"], ["epoch", () => "epoch/1"], ["open-epoch", () => "epoch/2"], ["apps", () => "apps"],
  ["app", () => `app/${site.epochs[1].rows.aggregates[0]?.app}`], ["account", () => `account/${account()}`], ["leaders", () => "leaders/miners"],
  ["whatif", () => "whatif"], ["governance", () => "governance"], ["anomalies", () => "anomalies"], ["verify", () => "verify/1"],
  ["shadow-overview", () => ""], ["shadow-account", () => `account/${PLAYER}`], ["shadow-app", () => `app/${SHADOWED}`], ["shadow-epoch", () => "epoch/2"],
];

for (const [name, fragment] of PAGES) {
  test(`${name}: no serious fault of access in both themes and widths, nothing refused by the policy, nothing wider than the screen`, { skip }, async () => {
    const { page, faults } = await visit(name.startsWith("shadow-"), fragment());
    await assertStill(page, name);
    for (const [colorScheme, size] of VIEWS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      if (SHOTS !== undefined) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}-${size.width}.png`, fullPage: true });
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways at ${size.width}`);
      const violations: readonly { id: string; impact: string; nodes: { html: string }[] }[] = await page.evaluate(async () => (await (globalThis as any).axe.run({ resultTypes: ["violations"] })).violations);
      const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
      assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), [], `${colorScheme} ${size.width}`);
    }
    site.isShadow = false;
    assert.deepEqual(faults, []);
  });
}

/** A network's pages in one document, which is loaded once; as it is, light and wide. */
let visited: (Opened & { readonly isShadow: boolean }) | null = null;
async function visit(isShadow: boolean, fragment: string): Promise<Opened> {
  site.isShadow = isShadow;
  if (visited?.isShadow !== isShadow) {
    await visited?.page.close();
    visited = { ...(await open(fragment)), isShadow };
    await visited.page.evaluate(AXE);
    return visited;
  }
  const { page } = visited;
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(WIDE);
  await page.evaluate(() => new Promise(requestAnimationFrame).then(() => Object.assign((globalThis as any).shifts, { sum: 0, moved: [] })));
  await turn(page, fragment);
  return visited;
}

const SAYS: Readonly<Record<State, Readonly<Record<string, RegExp>>>> = {
  "before the first epoch ends": {
    overview: /no epoch yet[^]*Nobody has earned anything yet: the first epoch has to end/, epochs: /open/, epoch: /Not settled yet/, apps: /circuit 1|<img/, app: /No epoch with a proof of this app is settled yet[^]*Nobody yet/,
    account: /No epoch is settled yet[^]*nothing to check before the first root[^]*What it earns shows here[^]*No claim is in final blocks yet/i, leaders: /Nobody has earned anything yet/,
    whatif: /Nobody's: nothing was changed, or nobody takes part yet/, governance: /votes needed[^]*No epoch was voted on yet[^]*No change is ahead/, anomalies: /Nothing stands out/, verify: /Recompute/,
  },
  "no node answers": {
    overview: /The chain cannot be asked now[^]*claimable up to\s+epoch 1/, epochs: /active/, epoch: /Gini/, apps: /<img/, app: /Who takes part/,
    account: /The chain cannot be asked now[^]*paid so far\s+–\s+the chain cannot be asked now[^]*Claim\s+The chain cannot be asked now: no node answers[^]*correction/, leaders: /earned/,
    whatif: /part of the pool/, governance: /Who is a member only the chain says[^]*paper-v2/, anomalies: /single miner/, verify: /Recompute/,
  },
  "nothing is claimable": {
    overview: /claimable up to\s+epoch 1/, epochs: /active/, epoch: /Gini/, apps: /<img/, app: /Who takes part/,
    account: /claimable now\s+0.0000[^]*paid so far\s+10.0000[^]*all of it was claimed[^]*Recipient[^]*correction/i, leaders: /earned/,
    whatif: /part of the pool/, governance: /paper-v2/, anomalies: /single miner/, verify: /Recompute/,
  },
};

for (const state of STATES) {
  test(`every page while ${state}: says so in words, offers nothing that cannot be had, and does not jump`, { skip }, async () => {
    site.state = state;
    const { page, faults } = await open("");
    await page.setViewportSize(NARROW);
    await page.reload();
    for (const [name, said] of Object.entries(SAYS[state])) {
      const of = PAGES.find(([one]) => one === name) as (typeof PAGES)[number];
      await turn(page, name === "epoch" && state.startsWith("before") ? "epoch/0" : of[1]());
      if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${state.replaceAll(" ", "-")}-${name}.png`, fullPage: true });
      assert.match(await page.locator("main").innerText(), said, name);
      assert.deepEqual(await page.locator(".trouble").allInnerTexts(), [], name);
      assert.equal(await page.getByText("Claim with").count(), 0, name);
      await assertStill(page, `${state}, ${name}`);
    }
    site.state = "";
    assert.deepEqual(faults, []);
    await page.close();
  });
}

/** Two wallets that both say they are MetaMask; the second plays with us. */
async function withWallets(page: Page, wallet: Provider): Promise<void> {
  await page.exposeFunction("askPlayed", async (question: { method: string; params: unknown[] }) => {
    try {
      return { result: await wallet.request(question) };
    } catch (error) {
      return { error };
    }
  });
  await page.addInitScript(() => {
    const other = { request: async () => Promise.reject({ code: 4001 }) };
    const ours = {
      request: async (question: object) => {
        const { result, error } = await (globalThis as any).askPlayed(question);
        if (error !== undefined) throw error;
        return result;
      },
    };
    const announce = (): void => {
      for (const [uuid, rdns, provider] of [["1", "com.other", other], ["2", "io.metamask", ours]] as const) {
        dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info: { uuid, rdns, name: "MetaMask", icon: "" }, provider } }));
      }
    };
    addEventListener("eip6963:requestProvider", announce);
  });
}

test("account: the whole claim by keyboard, with the second of two wallets of one name", { skip }, async () => {
  const leaves = site.epochs[1].rows.leaves.filter((leaf) => leaf.account === account());
  const wallet = playedWallet(play({ root: site.epochs[1].report.root, account: account() as Hex }), leaves);
  const { page, faults } = await open(`account/${account()}`, (opened) => withWallets(opened, wallet));
  const reach = async (text: string): Promise<void> => {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement?.closest("li")?.textContent?.includes(wanted) ?? false, text)) return;
    }
    assert.fail(`${text} is not reached by keyboard`);
  };
  await reach("com.other");
  await page.keyboard.press("Enter");
  await page.getByText("You declined in the wallet").waitFor();
  await reach("io.metamask");
  await page.keyboard.press("Enter");
  await page.getByText(/^Paid: /).waitFor();
  assert.deepEqual(faults, []);
  const [sent] = wallet.asked.filter(({ method }) => method === "eth_sendTransaction");
  assert.equal(sent?.params[0].to, DISTRIBUTOR);
  await page.close();
});

test("account and verify: amounts are checked in the browser, down to the vote; a forged shard is named", { skip }, async () => {
  const { page, faults } = await open(`account/${account()}`);
  await page.getByRole("button", { name: "Check with this node" }).click();
  await page.getByText("Sound: every amount").waitFor();
  assert.ok((await page.locator(".steps summary").allTextContents()).includes("Merkle proof"));
  await page.setViewportSize({ width: 390, height: 844 });
  const isWide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(await isWide(), false, "the steps scroll sideways");
  for (const step of await page.locator(".steps summary").all()) await step.click();
  assert.equal(await isWide(), false, "what the steps say scrolls sideways");
  await page.goto(`${site.url}#/verify/1`);
  await page.getByRole("button", { name: /Recompute/ }).click();
  await page.getByText("Sound: all of it").waitFor();
  site.forged = `shards/amounts/${account().slice(2, 4)}.bin`;
  await page.goto(`${site.url}#/account/${account()}`);
  await page.getByRole("button", { name: "Check with this node" }).click();
  await page.getByText(`Differs: ${site.forged}: expected sha256`).waitFor();
  site.forged = "";
  assert.deepEqual(faults, []);
  await page.close();
});

test("account: an export without API claims and checks by files and a node alone", { skip }, async () => {
  site.isStatic = true;
  const leaves = site.epochs[1].rows.leaves.filter((leaf) => leaf.account === account());
  const wallet = playedWallet(play({ root: site.epochs[1].report.root, account: account() as Hex }), leaves);
  const { page, faults } = await open(`account/${account()}`, (opened) => withWallets(opened, wallet));
  assert.equal(await page.getByRole("link", { name: "What if" }).count(), 0);
  await page.getByRole("button", { name: "Check with this node" }).click();
  await page.getByText("Sound: every amount").waitFor();
  await page.locator("li", { hasText: "io.metamask" }).first().getByRole("button").click();
  await page.getByText(/^Paid: /).waitFor();
  site.isStatic = false;
  assert.deepEqual(faults, []);
  await page.close();
});

test("page: readable with scripts off, and useful while the service is away", { skip }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const bare = await context.newPage();
  await bare.goto(site.url);
  assert.match(await bare.locator("main").innerText(), /epochs, apps, miners, parameters, committee/);
  await context.close();
  site.isDown = true;
  const { page, faults } = await open("");
  assert.deepEqual(await page.locator(".trouble").allInnerTexts(), ["The service has trouble: look again in a moment."]);
  await assertStill(page, "without the service");
  site.isDown = false;
  await page.getByText("time left").waitFor();
  assert.deepEqual(faults, []);
  await page.close();
});

test("governance: a document of another form says so in its own part, and the rest is drawn", { skip }, async () => {
  site.broken = "committee";
  const { page } = await open("governance");
  await page.getByText("This cannot be drawn").waitFor();
  assert.ok((await page.locator("section").nth(1).innerText()).includes("paper-v2"));
  site.broken = "";
  await page.goto(`${site.url}#/account/%E0%A4%A`);
  await page.getByText("There is no such page").waitFor();
  await page.close();
});

test("account of the deployed contracts: what is owed, why it is not paid, and a collect that was not right", { skip }, async () => {
  site.isShadow = true;
  const { page, faults } = await open(`account/${PLAYER}`);
  assert.match(await page.locator(".facts").first().innerText(), /owed\s+1,834.0000/);
  assert.match(await page.locator("tbody").first().innerText(), /the last of its pool <img src=x/);
  assert.equal(await page.locator("main img").count(), 0);
  await page.goto(`${site.url}#/app/${SHADOWED}`);
  await page.getByText("different").waitFor();
  await page.goto(`${site.url}#/account/0x${"11".repeat(20)}`);
  await page.getByText("Nothing is owed.").waitFor();
  await page.goto(`${site.url}#/whatif`);
  await page.getByText("There is no such page").waitFor();
  site.isShadow = false;
  assert.deepEqual(faults, []);
  await page.close();
});

test("overview: names and symbols of the chain stay text", { skip }, async () => {
  const { page, faults } = await open("apps");
  assert.equal(await page.locator("main img, main b, main script").count(), 0);
  assert.ok((await page.locator("tbody bdi").first().innerText()).startsWith("<img src=x"));
  assert.deepEqual(faults, []);
  await page.close();
});
