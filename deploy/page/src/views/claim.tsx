import { useLayoutEffect, useState } from "preact/hooks";

import type { Hex } from "../../verify/bytes.ts";
import type { Network, ProofDocument } from "../api/documents.ts";
import { entriesOf } from "../api/proofs.ts";
import { shortHex } from "../api/text.ts";
import { Amount, Copy, Hash, Section, symbolOf } from "../parts/basics.tsx";
import { useWorld } from "../parts/hooks.ts";
import { encodeClaims, encodeRecipient } from "../wallet/abi.ts";
import { parseAddress } from "../wallet/chain.ts";
import { type ChainFacts, type ClaimState, connect, selectChain, sendClaim } from "../wallet/claim.ts";
import { discoverWallets, type Wallet } from "../wallet/discovery.ts";
import { explainRefusal } from "../wallet/refusals.ts";
import { safeFile } from "../wallet/safe.ts";

export const chainFacts = (network: Network): ChainFacts => ({ ...network, chainId: BigInt(network.chain_id) });

interface Props { proof: ProofDocument; isContract: boolean; reason: string | null; hasSomething: boolean; recipient: string | null }

/** Claim what an account is owed: with a wallet, as a Safe's file, or as raw calldata. */
export function ClaimPanel({ proof, isContract, reason, hasSomething, recipient }: Props) {
  const { network } = useWorld();
  const [state, setState] = useState<ClaimState | null>(null);
  if (network === null) return null;
  const isBusy = state !== null && !["done", "nothing", "refused"].includes(state.at);
  const claim = (wallet: Wallet): void => {
    if (proof.epoch === null) return;
    const facts = { provider: wallet.provider, chain: chainFacts(network), distributor: network.contracts.distributor, account: proof.account };
    void sendClaim({ ...facts, epoch: BigInt(proof.epoch), entries: entriesOf(proof) }, setState);
  };
  return (
    <Section title="Claim" note={hasSomething ? "One transaction claims all tokens up to the newest active root. Anyone may send it: the tokens go to this account, or to the recipient that it has set." : undefined}>
      {hasSomething ? null : <p class="empty">{reason ?? "Nothing is left to claim."}</p>}
      {hasSomething && isContract ? <p class="note">This account is a contract: send the claim from any wallet, or from the Safe itself by the file below.</p> : null}
      {hasSomething ? <Wallets isBusy={isBusy} choose={claim} what="Claim with" /> : null}
      <Progress state={state} proof={proof} />
      {hasSomething ? <ByHand proof={proof} network={network} /> : null}
      <Recipient account={proof.account} network={network} recipient={recipient} />
    </Section>
  );
}

/** The wallets of this browser; two of one name are told apart by where they say they come from. */
export function Wallets({ isBusy, choose, what }: { isBusy: boolean; choose: (wallet: Wallet) => void; what: string }) {
  const [wallets, setWallets] = useState<readonly Wallet[]>([]);
  useLayoutEffect(() => discoverWallets(window as never, setWallets), []); // before it is drawn: those here answer at once
  if (wallets.length === 0) return <p class="empty">No wallet is in this browser. Install one, or take the raw call below to a wallet elsewhere.</p>;
  return (
    <ul class="wallets">
      {wallets.map((wallet) => (
        <li key={wallet.key}>
          <button type="button" class="main" disabled={isBusy} onClick={() => choose(wallet)}>
            {wallet.icon === null ? null : <img src={wallet.icon} alt="" width="20" height="20" />}
            {what} <bdi>{wallet.name}</bdi>
          </button>
          <span class="note"><bdi>{wallet.origin}</bdi></span>
        </li>
      ))}
    </ul>
  );
}

const BUSY: Readonly<Record<string, string>> = {
  connecting: "Answer the wallet: it asks for the account, and for the chain if it is on another.",
  checking: "Reading the chain: is the root active, and what is paid already?",
  signing: "Confirm the transaction in the wallet.",
};

function Progress({ state, proof }: { state: ClaimState | null; proof: ProofDocument }) {
  if (state === null) return null;
  const tokenOf = (token: string) => proof.tokens.find((row) => row.token === token) ?? { token, symbol: null, decimals: null };
  return (
    <div class={`progress ${state.at}`} role="status" aria-live="polite">
      {state.at === "waiting" ? <p>Sent as <Hash value={state.transaction} />. Waiting until it is in a block; a replacement in the wallet is followed.</p> : null}
      {state.at === "nothing" ? <p>{state.text}</p> : null}
      {state.at === "refused" ? <p>{state.refusal.text}{state.refusal.canRetry ? " You can try again." : ""}</p> : null}
      {state.at === "done" ? (
        <p>Paid{state.replaced ? " by the transaction that replaced yours" : ""}: {state.paid.map(({ token, amount }, at) => <span key={token}>{at === 0 ? "" : " and "}<Amount amount={amount} token={tokenOf(token)} /> <bdi>{symbolOf(tokenOf(token))}</bdi></span>)} in <Hash value={state.transaction} />.</p>
      ) : null}
      {BUSY[state.at] === undefined ? null : <p>{BUSY[state.at]}</p>}
    </div>
  );
}

/** For Safes and wallets elsewhere. */
function ByHand({ proof, network }: { proof: ProofDocument; network: Network }) {
  if (proof.epoch === null) return null;
  const data = encodeClaims(BigInt(proof.epoch), entriesOf(proof));
  const to = network.contracts.distributor;
  const save = (): void => {
    const text = safeFile(BigInt(network.chain_id), to, data, `Claim of ${shortHex(proof.account)} up to epoch ${proof.epoch}`, Date.now());
    saveFile(`claim-${proof.account}-${proof.epoch}.json`, text);
  };
  return (
    <details>
      <summary>For a Safe, or by hand</summary>
      <p><button type="button" onClick={save}>File for Safe's Transaction Builder</button></p>
      <dl class="calls">
        <dt>to</dt><dd><Copy text={to} label="contract"><span class="hex">{to}</span></Copy></dd>
        <dt>value</dt><dd>0</dd>
        <dt>data</dt><dd><Copy text={data} label="calldata"><span class="hex">{data}</span></Copy></dd>
      </dl>
    </details>
  );
}

/** Where the account's claims are paid; only the account itself may set it. */
function Recipient({ account, network, recipient }: { account: Hex; network: Network; recipient: string | null }) {
  const [text, setText] = useState("");
  const [told, setTold] = useState("");
  const to = text.trim() === "" ? account : parseAddress(text);
  const set = async (wallet: Wallet): Promise<void> => {
    if (to === null) return;
    try {
      setTold("Answer the wallet.");
      const from = await connect(wallet.provider);
      if (from !== account) return setTold(`The wallet is connected as ${shortHex(from)}: only ${shortHex(account)} can set its recipient.`);
      await selectChain(wallet.provider, chainFacts(network));
      const data = encodeRecipient(to === account ? `0x${"00".repeat(20)}` : to);
      await wallet.provider.request({ method: "eth_sendTransaction", params: [{ from, to: network.contracts.distributor, data, value: "0x0" }] });
      setTold("Sent. It holds from the block that includes it.");
    } catch (error) {
      setTold(explainRefusal(error).text);
    }
  };
  return (
    <details>
      <summary>Recipient: {recipient === null || recipient === account || BigInt(recipient) === 0n ? "the account itself" : shortHex(recipient)}</summary>
      <label>Pay claims to <input value={text} placeholder={account} spellcheck={false} aria-invalid={to === null} onInput={({ currentTarget }) => setText(currentTarget.value)} /></label>
      {to === null ? <p class="trouble">An address is 0x and 40 hex digits.</p> : <Wallets isBusy={false} choose={(wallet) => void set(wallet)} what="Set with" />}
      <p role="status">{told}</p>
    </details>
  );
}

/** Hand a text to the reader as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
