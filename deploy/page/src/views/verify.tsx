import { useEffect, useRef, useState } from "preact/hooks";

import type { AccountFinding, AccountStep } from "../../verify/account.ts";
import { checkAccount } from "../checks/account.ts";
import type { Answer, Question } from "../checks/worker.ts";
import type { Address, Network } from "../api/documents.ts";
import { Amount, Await, Copy, Section } from "../parts/basics.tsx";
import { useWorld } from "../parts/hooks.ts";
import { Table } from "../parts/table.tsx";
import { Distributor, nodeProvider, type Provider } from "../wallet/chain.ts";
import type { Wallet } from "../wallet/discovery.ts";
import { Wallets } from "./claim.tsx";

/** Check one account in this browser: nothing is taken from the service but files that the vote commits to. */
export function MyAmount({ account }: { account: Address }) {
  const { client, network } = useWorld();
  const [epoch, setEpoch] = useState("");
  const [finding, setFinding] = useState<AccountFinding | string | null>(null);
  const [isBusy, setBusy] = useState(false);
  if (network === null) return null;
  const newest = network.newest.active ?? network.newest.proposed;
  const asked = epoch === "" ? newest : /^[0-9]{1,15}$/.test(epoch) ? BigInt(epoch) : null;
  const check = async (provider: Provider): Promise<void> => {
    if (asked === null) return setFinding("Say which epoch, as a number.");
    setBusy(true);
    setFinding("Reading the vote, the report and the shards of this account.");
    try {
      setFinding(await checkAccount(client, provider, network.contracts.distributor, account, BigInt(asked), []));
    } catch (error) {
      setFinding((error as Error).message);
    }
    setBusy(false);
  };
  return (
    <Section title="Check it yourself" note="Recomputes this account's amounts here, from the report that the committee voted for and a few raw files. Trust is needed in a node alone: take your own.">
      {newest === null ? <p class="empty">There is nothing to check before the first root is proposed.</p> : (
        <>
          <label>Epoch <input inputMode="numeric" value={epoch} placeholder={String(newest)} onInput={({ currentTarget }) => setEpoch(currentTarget.value)} /></label>
          <Nodes isBusy={isBusy} choose={(provider) => void check(provider)} what="Check with" />
        </>
      )}
      <div aria-live="polite">{typeof finding === "string" ? <p>{finding}</p> : finding === null ? null : <Finding finding={finding} />}</div>
    </Section>
  );
}

/** Which node is asked about the vote: one by its address, or a wallet's. */
function Nodes({ isBusy, choose, what }: { isBusy: boolean; choose: (provider: Provider) => void; what: string }) {
  const { network } = useWorld();
  const [url, setUrl] = useState(network?.rpc[0] ?? "");
  return (
    <div class="nodes">
      <label>Node <input value={url} placeholder="https://…" spellcheck={false} onInput={({ currentTarget }) => setUrl(currentTarget.value)} /></label>
      <button type="button" class="main" disabled={isBusy || url === ""} onClick={() => choose(nodeProvider(url))}>{what} this node</button>
      <details>
        <summary>or with a wallet's node</summary>
        <Wallets isBusy={isBusy} choose={(wallet: Wallet) => choose(wallet.provider)} what={what} />
      </details>
    </div>
  );
}

function Finding({ finding }: { finding: AccountFinding }) {
  return (
    <>
      {finding.difference === null ? <p class="sound" role="status">Sound: every amount, the leaf and its proof are what the rules give.</p> : <p class="trouble" role="alert">Differs: {finding.difference.message}</p>}
      <ol class="steps">{finding.steps.map((step, at) => <li key={at}><Step step={step} /></li>)}</ol>
    </>
  );
}

function Step({ step: { title, values, factors } }: { step: AccountStep }) {
  const { network } = useWorld();
  return (
    <details>
      <summary>{title}</summary>
      {factors === undefined ? null : (
        <Table caption={`Factors of: ${title}`} rows={factors} keyOf={({ name }) => name} empty=""
          columns={[
            { name: "factor", cell: ({ name }) => name },
            { name: "exact", cell: ({ over, under }) => <Copy text={`${over}/${under}`} label="fraction"><span class="number fractions">{over.toString()}/{under.toString()}</span></Copy>, kind: "number" },
            { name: "exponent", cell: ({ bps }) => `${bps}/10000`, kind: "number" },
          ]} />
      )}
      <dl class="calls">
        {values.map(({ name, value, token }, at) => (
          <div key={at}>
            <dt>{name}</dt>
            <dd>{typeof value === "bigint" ? <Amount amount={value} token={token !== undefined && token === network?.token ? network : { token: token ?? "", symbol: null, decimals: null }} /> : <span class="hex">{value}</span>}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

interface Run { readonly text: string; readonly done: number; readonly all: number }

/** Recompute a whole epoch, in a worker. */
export function WholeEpoch({ epoch }: { epoch: string }) {
  const { network } = useWorld();
  return network === null ? <Await of={{ state: "loading" }}>{() => null}</Await> : <WholeForm epoch={epoch} network={network} />;
}

function WholeForm({ epoch, network }: { epoch: string; network: Network }) {
  const { client } = useWorld();
  const [run, setRun] = useState<Run | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const worker = useRef<Worker | null>(null);
  const [wanted, setWanted] = useState(epoch);
  useEffect(() => () => worker.current?.terminate(), []);
  const start = async (provider: Provider): Promise<void> => {
    if (!/^[0-9]{1,15}$/.test(wanted)) return setAnswer({ kind: "failed", text: "Say which epoch, as a number." });
    worker.current?.terminate();
    setAnswer(null);
    setRun({ text: "reading the vote", done: 0, all: 0 });
    try {
      const { state, reportHash } = await new Distributor(network.contracts.distributor, provider).rootAt(BigInt(wanted));
      const question: Question = { origin: client.origin, epoch: wanted, voted: state === 0n ? null : reportHash };
      worker.current = new Worker(new URL("worker.js", client.origin), { type: "module" });
      worker.current.onmessage = ({ data }: MessageEvent<Answer>) => hear(data);
      worker.current.onerror = () => hear({ kind: "failed", text: "The worker could not be started in this browser." });
      worker.current.postMessage(question);
    } catch (error) {
      hear({ kind: "failed", text: (error as Error).message });
    }
  };
  const hear = (data: Answer): void => {
    if (data.kind === "stage") setRun({ text: data.text, done: 0, all: 0 });
    else if (data.kind === "progress") setRun({ text: "recomputing every amount", done: data.done, all: data.all });
    else {
      setRun(null);
      setAnswer(data);
    }
  };
  return (
    <>
      <h1>Verify an epoch</h1>
      <p>Loads all tables of an epoch into this browser, recomputes every amount as the floor of an integer root, the leaves and the tree, and compares each digest, the root and the hash that the committee voted for. The same runs on the command line: <code>npx ./deploy/page/verify BUNDLE</code>.</p>
      <label>Epoch <input inputMode="numeric" value={wanted} onInput={({ currentTarget }) => setWanted(currentTarget.value)} /></label>
      <Nodes isBusy={run !== null} choose={(provider) => void start(provider)} what="Recompute, with the vote of" />
      {run === null ? null : <p role="status">{run.text} {run.all > 0 ? <progress max={run.all} value={run.done} aria-label="rows done" /> : null}</p>}
      <div aria-live="polite">{answer === null ? null : <Outcome answer={answer} />}</div>
    </>
  );
}

function Outcome({ answer }: { answer: Answer }) {
  if (answer.kind === "failed") return <p class="trouble" role="alert">{answer.text}</p>;
  if (answer.kind !== "finding") return null;
  return (
    <>
      {answer.difference === null ? <p class="sound">Sound: all of it is what the rules give.</p> : <p class="trouble" role="alert">Differs: {answer.difference}</p>}
      <dl class="calls">{answer.steps.map(({ name, detail }) => <div key={name + detail}><dt>{name}</dt><dd class="hex">{detail}</dd></div>)}</dl>
    </>
  );
}
