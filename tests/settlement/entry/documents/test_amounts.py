"""How commands say amounts: base units, and tokens where the chain says where their point stands."""

from settlement.entry.documents.amounts import ShownAmounts
from settlement.rules.columns.units import TokenUnits

TOKEN, BONUS, STRANGE = b"\x01" * 20, b"\x02" * 20, b"\x03" * 20
PLAIN = ShownAmounts(TOKEN)
UNITS = ShownAmounts(TOKEN, {TOKEN: TokenUnits("POZK", 3), BONUS: TokenUnits("", 0)})


def test_say__without_units__is_wei():
    assert (PLAIN.say(1500), PLAIN.cell(1500), PLAIN.change(-2), PLAIN.change(2)) == ("1500 wei", 1500, "-2", "+2")
    assert (PLAIN.in_brackets(1500), PLAIN.unit) == ("", " (wei)")


def test_say__units__are_tokens_to_the_last_digit():
    assert (UNITS.say(1500), UNITS.cell(1), UNITS.change(-1), UNITS.unit) == (
        "1.5 POZK",
        "0.001 POZK",
        "-0.001 POZK",
        "",
    )
    assert UNITS.in_brackets(2000) == " (2 POZK)"
    assert (UNITS.say(7, BONUS), UNITS.in_brackets(7, BONUS)) == ("7", " (7)")


def test_say__token_that_says_nothing_of_itself__stays_in_its_base_units():
    assert (UNITS.say(7, STRANGE), UNITS.cell(7, STRANGE), UNITS.in_brackets(7, STRANGE)) == ("7 wei", 7, "")


def test_mark__without_units__is_the_same_document():
    document = {"rows": [{"token": "0x" + TOKEN.hex(), "amount": "5"}]}
    assert PLAIN.mark(document) == document


def test_mark__units__stand_beside_every_token_and_amounts_stay_base_units():
    rows = [{"token": "0x" + token.hex(), "amount": "5"} for token in (BONUS, STRANGE)]
    marked = UNITS.mark({"rows": rows, "amounts": [{"token": None, "amount": "7"}]})
    assert [(row["symbol"], row["decimals"], row["amount"]) for row in marked["rows"]] == [
        ("", 0, "5"),
        (None, None, "5"),
    ]
    assert (marked["token"], marked["symbol"], marked["decimals"]) == ("0x" + TOKEN.hex(), "POZK", 3)
    assert marked["amounts"] == [{"token": "0x" + TOKEN.hex(), "symbol": "POZK", "decimals": 3, "amount": "7"}]


def test_mark__token_on_top__keeps_its_own():
    marked = UNITS.mark({"token": "0x" + BONUS.hex()})
    assert (marked["token"], marked["decimals"]) == ("0x" + BONUS.hex(), 0)
