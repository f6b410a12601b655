"""JSON Lines: an object a row, which names its table; read exactly or refused."""

import json
from typing import Any

import pytest

MAL = {"tabell": "mal", "malId": "1", "deltakelseId": "L1", "maltype": "YRKE", "beskrivelse": "Bli kokk"}
STENGT = {"tabell": "stengt", "fraDato": "2026-07-01", "tilDato": "2026-07-31"}


def lines(*rader: Any) -> bytes:
    return "".join(json.dumps(rad, ensure_ascii=False) + "\n" for rad in rader).encode()


def test_rows_go_to_their_tables_and_keep_their_lines(lever: Any) -> None:
    hode = {"tabell": "innsending", "omfang": "ENDRING", "kontraktversjon": "1.0"}
    lesing = lever(lines(hode, MAL, STENGT, {**MAL, "malId": "2"}) + b"\n")
    assert lesing.avvik == ()
    assert lesing.hode["omfang"] == "ENDRING"
    assert lesing.tabeller["mal"]["malId"].tolist() == ["1", "2"]
    assert lesing.tabeller["mal"]["_rad"].tolist() == [2, 4]
    assert lesing.tabeller["mal"]["_post"].tolist() == [1, 2]
    assert lesing.tabeller["stengt"]["_rad"].tolist() == [3]
    assert lesing.lest_som == "JSON Lines, UTF-8"


def test_the_same_rows_as_one_document_are_the_same_rows(lever: Any) -> None:
    dokument = {"mal": [{k: v for k, v in MAL.items() if k != "tabell"}]}
    linjer, ett = lever(lines(MAL)), lever(json.dumps(dokument).encode())
    assert linjer.tabeller["mal"].equals(ett.tabeller["mal"])


def test_the_table_may_stand_anywhere_in_the_row(lever: Any) -> None:
    bakvendt = dict(reversed(MAL.items()))
    assert len(lever(lines(bakvendt, bakvendt)).tabeller["mal"]) == 2


def test_a_line_separator_inside_a_text_ends_no_line(lever: Any) -> None:
    lesing = lever(lines({**MAL, "beskrivelse": "Bli\u2028kokk\u0085i dag"}, STENGT))
    assert lesing.avvik == ()
    assert len(lesing.tabeller["mal"]) == 1


def test_windows_lines_and_encodings(lever: Any) -> None:
    data = lines(MAL, STENGT).decode().replace("\n", "\r\n")
    for tegnsett in ("utf-8", "utf-8-sig", "utf-16"):
        assert lever(data.encode(tegnsett)).avvik == ()


@pytest.mark.parametrize(
    "slutt", [b'{"tabell": "mal", "malId"', b"[]\n", b"1\n", b'{"tabell": "mal", "tabell": "mal"}\n', b"x\n"]
)
def test_a_line_that_is_no_row_refuses_the_file(lever: Any, regler: Any, slutt: bytes) -> None:
    assert regler(lever(lines(MAL) + slutt)) == ["FIL002"]


def test_rows_of_no_table_we_know_are_told_by_line_and_searched(lever: Any, regler: Any, ident: str) -> None:
    lesing = lever(lines(STENGT, {"tabell": "notat", "tekst": "noe"}, {"tekst": "uten tabell"}, {"tabell": 7}))
    assert [(avvik.regelId, avvik.kolonne) for avvik in lesing.avvik] == [
        ("FIL009", "fra linje 2"),
        ("FIL009", "fra linje 3"),
        ("FIL009", "fra linje 4"),
    ]
    assert regler(lever(lines(STENGT, {"tabell": "notat", "tekst": ident}))) == ["FIL018"]


def test_too_many_rows_are_refused_before_parsing(lever: Any, regler: Any) -> None:
    assert regler(lever(b'{"tabell":"stengt"}\n' * 260_000)) == ["FIL003"]
