/** A server of the built page, of documents, of an epoch's files, and of a node that knows one distributor. */
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { type Hex, toHex, toInteger, toWord } from "../verify/bytes.ts";
import { readBundle } from "../verify/bundle.ts";
import type { Epoch } from "../verify/checks.ts";
import { folderSource } from "../verify/folder.ts";
import { FOLDER, TOKEN_OF_WORLDS } from "../verify/tests/epochs.ts";
import { addressWord, selector, words } from "../src/wallet/abi.ts";
import { concat } from "../verify/bytes.ts";
import { documentsOf } from "./documents.ts";
import { shadowDocuments } from "./shadow.ts";
import { inState, type State } from "./states.ts";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' https: http://127.0.0.1:* http://localhost:*; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export interface Site { readonly url: string; readonly epochs: readonly [Epoch, Epoch]; readonly paid: Map<string, bigint>; readonly close: () => void; /** A document that is served as another. */ broken: string; isDown: boolean; /** Whether it is an export: files alone. */ isStatic: boolean; /** Whether it is a network of the deployed contracts. */ isShadow: boolean; /** What the network is in, where it has little to tell. */ state: State | ""; /** A file of an epoch that is served with its last byte changed. */ forged: string }

/** Serve; `paid` is what the chain says was claimed, account + token -> wei. */
export async function serveSite(): Promise<Site> {
  const epochs = await Promise.all([0, 1].map(async (epoch) => (await readBundle(folderSource(join(FOLDER, `published/${epoch}`)))).epoch)) as [Epoch, Epoch];
  const paid = new Map<string, bigint>();
  const site: Site & { url: string } = { url: "", epochs, paid, close: () => server.close(), broken: "", isDown: false, isStatic: false, isShadow: false, state: "" as const, forged: "" };
  const server: Server = createServer((question, answer) => {
    const path = new URL(question.url ?? "/", "http://here").pathname.slice(1);
    const send = (status: number, type: string, body: string | Uint8Array): void => {
      answer.writeHead(status, { "content-type": type, "content-security-policy": POLICY }).end(body);
    };
    if (path === "rpc") {
      let body = "";
      question.on("data", (part: Buffer) => (body += part.toString()));
      question.on("end", () => send(200, TYPES[".json"] as string, JSON.stringify({ jsonrpc: "2.0", id: 1, result: callNode(JSON.parse(body), epochs, paid) })));
    } else if (site.isDown && path.startsWith("v1/")) send(503, TYPES[".json"] as string, "{}");
    else void load(site, path).then((body) => (body === null ? send(404, TYPES[".json"] as string, "{}") : send(200, TYPES[extname(path) || ".html"] ?? "application/json", body)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  site.url = `http://127.0.0.1:${port}/`;
  return site;
}

async function load({ url, epochs, paid, forged, isStatic, isShadow, state, broken }: Site, path: string): Promise<string | Uint8Array | null> {
  const file = /^v1\/epochs\/([01])\/(.*\..*)$/.exec(path);
  if (file !== null) {
    const bytes = await folderSource(join(FOLDER, `published/${file[1]}`)).load(file[2] as string);
    return bytes !== null && file[2] === forged ? bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)) : bytes;
  }
  if (!path.startsWith("v1/")) {
    const bytes = await readFile(join("build/site", path || "index.html")).catch(() => null);
    const mark = isStatic ? 'data-source="static"' : isShadow ? 'data-network="pozk"' : "";
    return bytes !== null && path === "" ? bytes.toString().replace("<html", `<html ${mark}`) : bytes;
  }
  await setTimeout((path.length * 37) % 120); // documents come late and in an order of their own: the page must not jump
  if (isShadow) return path.slice(3) in shadowDocuments() ? JSON.stringify(shadowDocuments()[path.slice(3)]) : null;
  const documents = inState(documentsOf(epochs, { rpc: `${url}rpc`, token: TOKEN_OF_WORLDS, now: Math.floor(Date.now() / 1000), paid }), state);
  const document = isStatic ? exported(documents, epochs, path) : documents[path.slice(3)];
  if (path.slice(3) === broken) return JSON.stringify({ members: 5 });
  return document === undefined ? null : JSON.stringify(document);
}

/** What an export has: the documents of the network and its epochs, and proofs by the first byte of the account. */
function exported(documents: Readonly<Record<string, unknown>>, [, { report, rows }]: readonly [Epoch, Epoch], path: string): unknown {
  const byte = /^v1\/proofs\/([0-9a-f]{2}).json$/.exec(path)?.[1];
  if (byte === undefined) return /^v1\/(network|epochs|epochs\/[0-9])\.json$/.test(path) ? documents[path.slice(3, -5)] : undefined;
  const accounts = rows.leaves.map(({ account }) => account).filter((account) => account.slice(2, 4) === byte);
  const tokens = (account: string): unknown => (documents[`accounts/${account}/proof`] as { tokens: unknown }).tokens;
  return { epoch: 1, root: report.root, accounts: Object.fromEntries(accounts.map((account) => [account, tokens(account)])) };
}

interface Question { readonly method: string; readonly params: readonly [{ readonly data: Hex }] }

/** Answer what the page asks a node of the distributor. */
export function callNode({ method, params: [call] }: Question, epochs: readonly [Epoch, Epoch], paid: ReadonlyMap<string, bigint>): unknown {
  if (method !== "eth_call") return null;
  const [name, given] = [call.data.slice(0, 10), words(`0x${call.data.slice(10)}`)];
  const { report } = epochs[given[0] !== undefined && toInteger(given[0]) === 0n ? 0 : 1];
  const hash = (text: Hex): Uint8Array => words(text)[0] as Uint8Array;
  const answers: Record<string, () => readonly Uint8Array[]> = {
    [selector("rootAt(uint64)")]: () => [toWord(2n), hash(report.root), hash(report.hash), toWord(0n)],
    [selector("latestActive()")]: () => [toWord(1n), toWord(1n), hash(epochs[1].report.root)],
    [selector("token()")]: () => [addressWord(TOKEN_OF_WORLDS)],
    [selector("claimed(address,address)")]: () => [toWord(paid.get(given.map((word) => toHex(word.subarray(12))).join("")) ?? 0n)],
    [selector("recipientOf(address)")]: () => [toWord(0n)],
  };
  return toHex(concat(answers[name]?.() ?? [toWord(0n)]));
}
