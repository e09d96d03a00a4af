import { isHex } from "../../verify/bytes.ts";
import type { Entry } from "../wallet/abi.ts";
import { type Client, DocumentError } from "./client.ts";
import type { Address, ProofDocument, ProofToken } from "./documents.ts";
import { amountOf } from "./money.ts";

interface Shard { readonly epoch: number; readonly root: string; readonly accounts: Readonly<Record<string, readonly ProofToken[]>> }

/** Return an account's proofs, of the newest active epoch or of one that is named; null if it has none. */
export async function loadProof(client: Client, account: Address, epoch?: bigint): Promise<ProofDocument | null> {
  try {
    if (!client.isStatic) {
      const found = await client.load<ProofDocument>(`accounts/${account}/proof`, epoch === undefined ? {} : { epoch: epoch.toString() });
      return found.tokens.length > 0 ? found : null;
    }
    const shard = await client.load<Shard>(`proofs/${account.slice(2, 4)}`);
    const tokens = shard.accounts[account];
    const isOther = epoch !== undefined && BigInt(shard.epoch) !== epoch;
    return tokens === undefined || isOther ? null : { account, epoch: shard.epoch, root: shard.root, tokens };
  } catch (error) {
    if (error instanceof DocumentError && error.kind === "absent") return null;
    throw error;
  }
}

/** Return proofs as the contract takes them; DocumentError if one is not well formed. */
export function entriesOf(proof: ProofDocument): Entry[] {
  return proof.tokens.map(({ token, cumulative, proof: siblings }) => {
    if (!isHex(token, 20) || !siblings.every((one) => isHex(one, 32))) throw new DocumentError("a proof is not well formed", "refused");
    return { account: proof.account, token, cumulative: amountOf(cumulative), proof: siblings };
  });
}
