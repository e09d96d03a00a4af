/**
 * A reader in Chromium on a live network: `node build/devnet.mjs PAGE NODE ACCOUNT EPOCH api`, or `export` for a page of
 * files alone. Its wallet signs by the node's own accounts and begins on another chain. Prints what was paid; ends with 1
 * where something is not as it should be.
 */
import { chromium, type Page } from "playwright-core";

import { nodeProvider } from "../src/wallet/chain.ts";
import { putWallets } from "./shim.ts";

const [url = "", rpc = "", account = "", epoch = "", kind = "api"] = process.argv.slice(2);
const WAIT = { timeout: 60_000 };
const node = nodeProvider(rpc);
const [sender = ""] = (await node.request({ method: "eth_accounts" })) as string[];
const REFUSES = new Map([["eth_requestAccounts", { code: 4001 }]]);

/** Open every page of the network: none shows a fault, none raises an error. */
async function visitAll(page: Page): Promise<void> {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  const open = new Set<string>();
  page.on("request", (question) => open.add(question.url()));
  page.on("requestfinished", (question) => open.delete(question.url()));
  page.on("response", (answer) => {
    if (answer.status() >= 400) faults.push(`${answer.status()} ${answer.url()}`);
  });
  await page.goto(`${url}#/apps`);
  const app = await page.locator("tbody a").first().getAttribute("href", WAIT);
  for (const fragment of ["", "epochs", `epoch/${epoch}`, "apps", app?.slice(2), `account/${account}`, "leaders/miners", "leaders/users", "leaders/apps", "whatif", "governance", "anomalies"]) {
    await page.goto(`${url}#/${fragment}`);
    await page.waitForFunction(() => document.querySelector("main h1") !== null && document.querySelector(".waiting") === null, undefined, WAIT).catch(() => {
      throw new Error(`#/${fragment}: still waiting for ${[...open, ...faults].join(" ")}`);
    });
    for (const text of await page.locator(".trouble").allInnerTexts()) faults.push(`#/${fragment}: ${text}`);
    if (process.env["POZK_SCREENSHOTS"] !== undefined) await page.screenshot({ path: `${process.env["POZK_SCREENSHOTS"]}/live-${fragment?.replaceAll("/", "-") || "overview"}.png`, fullPage: true });
  }
  await page.goto(`${url}#/account/${account}`);
  await page.getByRole("button", { name: "explain" }).first().click(WAIT);
  await page.getByText("factor by factor").waitFor(WAIT);
  await page.locator(".explained table").first().waitFor(WAIT);
  if (faults.length > 0) throw new Error(faults.join("; "));
}

/** With scripts off the facts are in the document; with scripts on the same address is the page's own. */
async function readWithoutScripts(): Promise<void> {
  const path = kind === "api" ? `account/${account}.html` : `epoch/${epoch}.html`;
  const context = await browser.newContext({ javaScriptEnabled: false });
  const bare = await context.newPage();
  await bare.goto(url + path);
  const shown = await bare.locator("main").innerText(WAIT);
  if (!shown.includes(kind === "api" ? account : "amounts.parquet")) throw new Error(`without scripts ${path} shows: ${shown.slice(0, 500)}`);
  if (process.env["POZK_SCREENSHOTS"] !== undefined) await bare.screenshot({ path: `${process.env["POZK_SCREENSHOTS"]}/plain-${kind}.png`, fullPage: true });
  await context.close();
  await page.goto(url + path);
  await page.waitForURL(`${url}#/${path.slice(0, -5)}`, WAIT);
  await page.locator("main h1").waitFor(WAIT);
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
const page = await browser.newPage();
try {
  const asked = new Set<string>();
  page.on("request", (question) => asked.add(new URL(question.url()).origin));
  await putWallets(page, { node, account: sender, rdns: "com.other", errors: REFUSES }, { node, account: sender, chainId: "0x1" });
  await page.goto(`${url}#/account/${account}`);
  await page.locator("li", { hasText: "com.other" }).first().getByRole("button").click(WAIT);
  await page.getByText("You declined in the wallet").waitFor(WAIT);
  await page.locator("li", { hasText: "io.metamask" }).first().getByRole("button").click(WAIT);
  const paid = page.getByText(/^Paid: /);
  await paid.waitFor(WAIT);
  const told = await paid.innerText();
  await page.getByLabel("Node").fill(rpc);
  await page.getByRole("button", { name: "Check with this node" }).click();
  await page.getByText("Sound: every amount").waitFor(WAIT);
  await page.reload();
  if (kind === "api") await page.locator(".empty", { hasText: "was claimed" }).first().waitFor(WAIT);
  else {
    await page.locator("li", { hasText: "io.metamask" }).first().getByRole("button").click(WAIT);
    await page.getByText("nothing is left to claim").waitFor(WAIT);
  }
  await page.goto(`${url}#/verify/${epoch}`);
  await page.getByLabel("Node").fill(rpc);
  await page.getByRole("button", { name: /Recompute/ }).click();
  await page.getByText("Sound: all of it").waitFor(WAIT);
  await readWithoutScripts();
  if (kind === "api") await visitAll(page);
  const others = [...asked].filter((origin) => ![url, rpc].map((one) => new URL(one).origin).includes(origin));
  if (others.length > 0) throw new Error(`others than ${url} and the node were asked: ${others.join(" ")}`);
  console.log(told);
} catch (error) {
  const shown = await page.locator("main").innerText();
  console.error(`${(error as Error).message}\n${page.url()} shows:\n${shown.slice(0, 2000)}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
