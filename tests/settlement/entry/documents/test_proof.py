"""What `pozk proof` says of an account, with played proofs; the call data are those of the real interface."""

from eth_abi import decode

from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.proof import Asked, proof_document
from settlement.entry.views.proof_lines import proof_lines
from settlement.flows.claim import AccountProofs
from settlement.rules.columns.units import TokenUnits
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.claim_state import PaidSoFar

WHO, TOKEN, OTHER, AT = b"\x01" * 20, b"\x02" * 20, b"\x03" * 20, b"\x04" * 20
EVERYTHING = Asked(WHO, None, 2)
FOUND = AccountProofs(2, b"\xaa" * 32, (LeafProof(WHO, TOKEN, 1500, (b"\xbb" * 32,)), LeafProof(WHO, OTHER, 7, ())))
SEEN = PaidSoFar("lake", 99, {TOKEN: 500, OTHER: 7}, True)
AMOUNTS = ShownAmounts(TOKEN, {TOKEN: TokenUnits("POZK", 3)})


def document_of(asked=EVERYTHING, found=FOUND, seen=SEEN, rpc=("http://127.0.0.1:8545",)):
    return proof_document(asked, found, seen, AT, rpc)


def test_proof_document__two_tokens__says_what_was_claimed_and_what_is_left():
    document = document_of()
    assert [(row["cumulative"], row["claimed"], row["claimable"], row["as_of"]) for row in document["tokens"]] == [
        ("1500", "500", "1000", 99),
        ("7", "7", "0", 99),
    ]
    assert (document["account"], document["epoch"], document["active"]) == ("0x" + "01" * 20, 2, True)
    assert "cumulative" not in document


def test_proof_document__one_token__its_members_stand_on_top_too():
    document = document_of(Asked(WHO, OTHER, 2))
    assert (document["cumulative"], document["claimable"], document["token"]) == ("7", "0", "0x" + "03" * 20)
    assert [row["token"] for row in document["tokens"]] == ["0x" + "03" * 20]
    assert (document["calldata"], document["cast"]) == (None, None)


def test_proof_document__something_left__call_data_claim_what_is_left_alone():
    document = document_of()
    types = ["uint64", "address[]", "address[]", "uint256[]", "bytes32[][]"]
    epoch, accounts, tokens, amounts, proofs = decode(types, bytes.fromhex(document["calldata"][10:]))
    assert (epoch, accounts, tokens, amounts) == (2, ("0x" + "01" * 20,), ("0x" + "02" * 20,), (1500,))
    assert proofs == ((b"\xbb" * 32,),)
    assert document["function"].startswith("claimMany(uint64,")
    assert document["cast"] == (f"cast send 0x{'04' * 20} {document['calldata']} --rpc-url http://127.0.0.1:8545")


def test_proof_document__address_that_may_hold_a_key__is_left_to_the_environment():
    assert document_of(rpc=("https://node.example/v2/KEY",))["cast"].endswith('--rpc-url "$ETH_RPC_URL"')


def test_proof_document__nothing_settled_or_owed__is_empty():
    for found, seen, epoch in ((None, None, None), (AccountProofs(2, b"\xaa" * 32, ()), SEEN, 2)):
        document = document_of(Asked(WHO, None, epoch), found, seen)
        assert (document["tokens"], document["root"], document["proof"], document["cumulative"]) == ([], None, [], "0")
    assert proof_lines(document, AMOUNTS) == ["0x" + "01" * 20 + " has no entitlement after epoch 2"]


def test_document_lines__not_active_yet__says_so_and_shows_amounts_in_tokens():
    lines = proof_lines(document_of(seen=PaidSoFar("chain", 99, {}, False)), AMOUNTS)
    text = "\n".join(lines)
    assert "not active by then: nothing can be claimed with it yet" in text
    assert "claimable   1500 (1.5 POZK)" in text
    assert "block 99 of the chain" in text
    assert lines[-1].startswith("to send it  cast send 0x")
