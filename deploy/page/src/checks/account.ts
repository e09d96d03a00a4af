import { type AccountFinding, myAmount } from "../../verify/account.ts";
import type { Hex } from "../../verify/bytes.ts";
import { InputError } from "../../verify/errors.ts";
import { isFirst, Published } from "../../verify/published.ts";
import type { Client } from "../api/client.ts";
import type { Address } from "../api/documents.ts";
import { entriesOf, loadProof } from "../api/proofs.ts";
import { Distributor, type Provider } from "../wallet/chain.ts";

/** Check one account's amounts of an epoch down to the vote: what is trusted is the node or wallet that is asked. */
export async function checkAccount(client: Client, provider: Provider, distributor: Hex, account: Address, epoch: bigint, depositedIn: readonly Hex[]): Promise<AccountFinding> {
  const chain = new Distributor(distributor, provider);
  const { state, root, reportHash } = await chain.rootAt(epoch);
  if (state === 0n) throw new InputError(`no root of epoch ${epoch} is proposed or active on chain: there is no vote to check against`);
  const now = await Published.open(client.epochSource(epoch));
  const before = isFirst(now.report) ? null : await Published.open(client.epochSource(epoch - 1n));
  const proof = await loadProof(client, account, epoch);
  const proofs = proof === null ? null : new Map(entriesOf(proof).map(({ token, proof: siblings }) => [token, siblings]));
  return myAmount({ account, token: await chain.token(), depositedIn, voted: reportHash, root, proofs }, now, before);
}
