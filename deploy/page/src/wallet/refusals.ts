import { type Hex } from "../../verify/bytes.ts";
import { printable } from "../../verify/errors.ts";
import { selector } from "./abi.ts";

/** A refusal in words: what happened and what to do; `canRetry` where the same may work later. */
export interface Refusal { readonly text: string; readonly canRetry: boolean }

/** What wallets and nodes answer with, by code: EIP-1193, EIP-1474. */
const CODES: ReadonlyMap<number, Refusal> = new Map([
  [4001, { text: "You declined in the wallet. Nothing was sent.", canRetry: true }],
  [4100, { text: "The wallet does not give this page its account. Connect it again and allow the account.", canRetry: true }],
  [4200, { text: "This wallet cannot do that. Choose another wallet, or take the raw call.", canRetry: false }],
  [4900, { text: "The wallet has no connection to any chain. Check its network settings.", canRetry: true }],
  [4901, { text: "The wallet has no connection to this chain. Check its network settings.", canRetry: true }],
  [4902, { text: "The wallet does not know this chain and did not add it. Add it in the wallet's settings.", canRetry: true }],
  [-32002, { text: "The wallet already waits for you: open it and answer there.", canRetry: true }],
  [-32005, { text: "The wallet's node takes no more questions for now. Wait a moment.", canRetry: true }],
]);

/** What the contract refuses with. */
const ERRORS: ReadonlyMap<Hex, Refusal> = new Map(
  (
    [
      ["EpochNotActive(uint64)", "The root is not active yet, or was vetoed. Wait until its veto window has passed.", true],
      ["Paused(bytes32,uint64)", "Claims are paused for now. Nothing is lost: claim when the pause ends.", true],
      ["BadProof(address,address,uint256)", "The proof is not of this root: a newer root became active. Load the page again.", true],
      ["AboveAccepted(address,uint256,uint256)", "The contract's limit for this token is reached: the treasury was not drawn for it yet. Try later.", true],
      ["TransferRefused(address,address,uint256)", "The token refuses to pay this account or its recipient. Set another recipient, then claim.", false],
      ["BadRecipient(address)", "The distributor itself cannot be the recipient.", false],
      ["GasTooLow(uint256,uint256)", "The wallet gave too little gas. Raise the gas limit and send again.", true],
      ["Reentered()", "The contract was entered while it pays. Try again.", true],
    ] as const
  ).map(([signature, text, canRetry]) => [selector(signature), { text, canRetry }]),
);

interface Raised { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown; readonly error?: unknown; readonly cause?: unknown }

/** Return an error of a wallet or node in words. Wallets put the reason at different depths: all are looked at. */
export function explainRefusal(error: unknown): Refusal {
  const layers = unwrap(error);
  for (const { data } of layers) {
    const known = typeof data === "string" ? ERRORS.get(data.slice(0, 10).toLowerCase() as Hex) : undefined;
    if (known !== undefined) return known;
  }
  const codes = layers.map(({ code }) => code);
  const known = codes.map((code) => CODES.get(code as number)).find((one) => one !== undefined);
  if (known !== undefined) return known;
  const message = layers.map((layer) => layer.message).find((one) => typeof one === "string" && one !== "") as string | undefined;
  if (/insufficient funds/i.test(message ?? "")) return { text: "The account has too little of the chain's currency to pay for gas.", canRetry: true };
  if (/user (rejected|denied)/i.test(message ?? "")) return CODES.get(4001) as Refusal;
  if (/nonce too low|already known/i.test(message ?? "")) return { text: "The wallet sent this before, or another transaction took its place. Look into the wallet's activity.", canRetry: true };
  if (/underpriced/i.test(message ?? "")) return { text: "The network wants a higher fee. Raise it in the wallet and send again.", canRetry: true };
  return { text: `Refused: ${printable(message ?? "no reason was given", 200)}`, canRetry: true };
}

/** Return an error and those inside it. */
function unwrap(error: unknown, depth = 0): Raised[] {
  if (typeof error !== "object" || error === null || depth > 4) return typeof error === "string" ? [{ message: error }] : [];
  const { data, error: inner, cause } = error as Raised;
  return [error as Raised, ...[data, inner, cause].flatMap((one) => (typeof one === "object" ? unwrap(one, depth + 1) : []))];
}
