from indexer.words.quantities import Address
from settlement.entry.documents.amounts import Naming, token_members
from settlement.rules.columns.units import TokenUnits

OWN, OTHER = Address(b"\x01" * 20), Address(b"\x02" * 20)


def test_token_members__known_unknown_or_without_a_symbol__says_what_is_known():
    units = {OWN: TokenUnits("POZK", 18), OTHER: TokenUnits("", 6)}
    assert token_members(OWN, units) == {"token": "0x" + "01" * 20, "symbol": "POZK", "decimals": 18}
    assert token_members(OTHER, units) == {"token": "0x" + "02" * 20, "symbol": None, "decimals": 6}
    assert token_members(OTHER, {}) == {"token": "0x" + "02" * 20, "symbol": None, "decimals": None}


def test_members__without_a_token__are_those_of_the_network():
    naming = Naming(OWN, {OWN: TokenUnits("POZK", 18)})
    assert naming.members() == naming.members(OWN)
    assert naming.members(OTHER)["token"] == "0x" + "02" * 20
