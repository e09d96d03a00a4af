"""Votes as transactions: the contract takes one that is cast again without a word, its events do not tell."""

from collections import Counter

from eth_utils.abi import function_abi_to_4byte_selector
from web3.contract import Contract


def count_votes(contract: Contract) -> Counter:
    """Return how many votes that succeeded are on chain, by (member, epoch, round)."""
    web3, found, turn = contract.w3, Counter(), 0
    selector = function_abi_to_4byte_selector(contract.get_function_by_name("vote").abi)
    begun = {
        (log["blockNumber"], log["transactionIndex"]): log
        for log in contract.events.RoundStarted().get_logs(from_block=0)
    }
    for number in range(web3.eth.block_number + 1):
        for place, sent in enumerate(web3.eth.get_block(number, full_transactions=True)["transactions"]):
            if (number, place) in begun:
                turn = begun[number, place]["args"]["round"]
            if sent.get("to") != contract.address or bytes(sent["input"][:4]) != selector:
                continue
            if web3.eth.get_transaction_receipt(sent["hash"])["status"] == 1:
                _, arguments = contract.decode_function_input(sent["input"])
                found[sent["from"], arguments["epoch"], turn] += 1
    return found


def doubled(votes: Counter) -> list[str]:
    """Return a line for each vote that is on chain more than once."""
    many = {key: count for key, count in votes.items() if count > 1}
    return [f"{count} votes of {key[0]} for epoch {key[1]} in round {key[2]}" for key, count in many.items()]
