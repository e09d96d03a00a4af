/** The documents of a network as they are while it has little to tell, from those of one that has all of it. */

type Documents = Record<string, any>;

/** What a network may be in. */
export const STATES = ["before the first epoch ends", "no node answers", "nothing is claimable"] as const;
export type State = (typeof STATES)[number];

const TROUBLE = "the chain cannot be asked now: no node answers";

/** Return the documents as they are in a state; a path that is gone is 404. */
export function inState(documents: Documents, state: State | ""): Documents {
  if (state === "") return documents;
  return { "before the first epoch ends": beforeTheFirst, "no node answers": withoutNode, "nothing is claimable": allPaid }[state](documents);
}

function beforeTheFirst(documents: Documents): Documents {
  const open = { ...documents["epochs"].items[0], epoch: 0 };
  const none = { items: [], next: null };
  const { network, committee, parameters, simulate } = documents as { network: any; committee: any; parameters: any; simulate: any };
  const paidNothing = { ...simulate.before, pool: "1000000000000000000000000", distributed: "0", remainder: "1000000000000000000000000", accounts: 0, paid_share: ["0", "1"], gini: ["0", "1"], top_ten_share: ["0", "1"] };
  const kept = (path: string, document: any): any => {
    if (path === "apps") return { ...document, items: document.items.map(unused) };
    if (path.startsWith("apps/")) return { ...unused(document), epochs: [], participants: [], prove_seconds: null, missed_deadlines: 0 };
    if (path.startsWith("leaderboards/") || /^accounts\/0x[^/]*\/(history|claims)$/.test(path) || path === "anomalies") return none;
    if (/^accounts\/0x[^/]*$/.test(path)) return { ...document, epoch: null, root: null, active: false, tokens: [], claim: null, reason: "no epoch is settled yet" };
    if (/^accounts\/.*\/proof$/.test(path)) return { ...document, epoch: null, root: null, tokens: [] };
    if (/^accounts\/.*\/epochs\/open$/.test(path)) return { ...document, amounts: [], nothing: [] };
    return document;
  };
  const rest = Object.entries(documents).filter(([path]) => !/^(epochs\/|accounts\/.*\/epochs\/[0-9])/.test(path));
  return {
    ...Object.fromEntries(rest.map(([path, document]) => [path, kept(path, document)])),
    network: { ...network, epoch: { ...network.epoch, open: 0 }, newest: { settled: null, proposed: null, active: null } },
    epochs: { items: [open], next: null },
    "epochs/0": { ...documents["epochs/2"], ...open },
    parameters: { ...parameters, epoch: 0, coming: [] },
    committee: { ...committee, members: committee.members.map((member: object) => ({ ...member, votes: 0, last_epoch: null })), epochs: [] },
    simulate: { ...simulate, epoch: 0, before: paidNothing, after: paidNothing, accounts: [], warnings: [] },
  };
}

const unused = (app: object): object => ({ ...app, proofs: 0, miners: 0, users: 0, work: "0", user_stake: "0", miner_stake: "0" });

/** Only what was indexed is known: nothing that the chain alone says. */
function withoutNode(documents: Documents): Documents {
  const asked = (path: string, document: any): any => {
    if (path === "network") return { ...document, as_of: null, trouble: TROUBLE };
    if (path === "committee") return { ...document, members: [], quorum: null, trouble: TROUBLE };
    if (path.startsWith("epochs/")) return { ...document, quorum: null };
    if (/^accounts\/0x[^/]*\/proof$/.test(path)) return { ...document, claim: null, reason: TROUBLE };
    if (!/^accounts\/0x[^/]*$/.test(path)) return document;
    const tokens = document.tokens.map((token: object) => ({ ...token, paid: null, claimable: null, claimable_next: null }));
    return { ...document, as_of: null, active: false, is_contract: null, recipient: null, tokens, claim: null, reason: TROUBLE };
  };
  return Object.fromEntries(Object.entries(documents).map(([path, document]) => [path, asked(path, document)]));
}

function allPaid(documents: Documents): Documents {
  const paid = (path: string, document: any): any => {
    if (!/^accounts\/0x[^/]*$/.test(path)) return document;
    const tokens = document.tokens.map((token: { entitled: string }) => ({ ...token, paid: token.entitled, claimable: "0", claimable_next: "0" }));
    return { ...document, tokens, claim: null, reason: "all of it was claimed" };
  };
  return Object.fromEntries(Object.entries(documents).map(([path, document]) => [path, paid(path, document)]));
}
