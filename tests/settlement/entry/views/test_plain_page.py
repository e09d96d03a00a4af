from settlement.entry.views.plain_page import with_table

PAGE = b"<body><noscript><main><h1>Rewards</h1></main>\n</noscript></body>"
ROW = {
    **{"epoch": 3, "begins": 1_700_000_000, "status": "active", "symbol": "<b>POZK", "decimals": 2, "root": "0xaa"},
    **{"pool": "1000", "distributed": "950", "remainder": "50", "proofs": 7, "miners": 2, "users": 1},
}


def test_with_table__epochs__are_text_inside_what_scripts_replace():
    text = with_table(PAGE, [ROW]).decode()
    assert "<td>3</td><td>2023-11-14 22:13:20 UTC</td><td>active</td><td>10</td><td>9.5</td><td>0.5</td>" in text
    assert "amounts in &lt;b&gt;POZK" in text
    assert text.index("<table>") < text.index("</main>")


def test_with_table__not_settled__has_empty_cells():
    row = ROW | dict.fromkeys(("pool", "distributed", "remainder", "root"))
    assert "<td>active</td><td></td><td></td><td></td>" in with_table(PAGE, [row]).decode()


def test_with_table__no_epoch_or_no_room__leaves_the_page_as_it_is():
    assert with_table(PAGE, []) == PAGE
    assert with_table(b"<p>", [ROW]) == b"<p>"
