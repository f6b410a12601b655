"""The JSON document: the contract as it stands, read exactly or refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tiltaksflyt.intake import standardgrenser

STENGT = {"stengt": [{"fraDato": "2026-07-01", "tilDato": "2026-07-31"}]}


def test_numbers_stay_the_digits_they_were(lever: Any) -> None:
    data = (
        '{"plass": [{"tiltakskode": "AVKLARING", "dato": "2026-03-02", "antallPlasser": 12.50, "antallVeiledere": '
        '123456789012345.678901, "antallVenteliste": 1e2}], "mal": [{"malId": 900719925474099312345, '
        '"deltakelseId": "007", "maltype": "YRKE", "beskrivelse": "Null"}]}'
    )
    lesing = lever(data.encode())
    assert lesing.avvik == ()
    plass = lesing.tabeller["plass"].loc[0]
    assert plass[["antallPlasser", "antallVeiledere", "antallVenteliste"]].tolist() == [
        "12.5",
        "123456789012345.678901",
        "100",
    ]
    mal = lesing.tabeller["mal"].loc[0]
    assert mal[["malId", "deltakelseId", "beskrivelse"]].tolist() == ["900719925474099312345", "007", "Null"]


def test_null_truth_lists_and_places(lever: Any) -> None:
    dokument = {
        "Innsending": {"omfang": "endring", "kontraktversjon": "1.0"},
        "oppfolging": [
            {
                "deltakelseId": "L1",
                "dato": "2026-03-02",
                "oppfolgingstype": "TREPARTSMOTE",
                "deltok": ["nav", "DELTAKER"],
            },
            {"deltakelseId": "L2", "dato": None, "oppfolgingstype": "STATUSMOTE", "deltok": []},
        ],
        "etteroppfolging": [{"samtykkeId": "S", "dato": "2026-03-02", "iArbeid": False}],
    }
    lesing = lever(json.dumps(dokument).encode())
    assert lesing.avvik == ()
    assert lesing.hode["omfang"] == "ENDRING"
    oppfolging = lesing.tabeller["oppfolging"]
    assert oppfolging["deltok"].tolist() == ["NAV|DELTAKER", ""]
    assert oppfolging["dato"].tolist() == ["2026-03-02", ""]
    assert oppfolging["_rad"].tolist() == [1, 2]
    assert oppfolging["_post"].tolist() == [1, 2]
    assert lesing.tabeller["etteroppfolging"]["iArbeid"].tolist() == ["false"]
    assert lesing.lest_som == "JSON, UTF-8"


def test_a_list_or_object_where_one_value_belongs_is_the_cells_fault(lever: Any) -> None:
    rad: dict[str, Any] = {
        "malId": {"id": 1},
        "deltakelseId": ["L1"],
        "maltype": ["YRKE"],
        "beskrivelse": {"a": {"b": {"c": [[[1]]]}}},
        "frist": ["2026-03-02"],
    }
    lesing = lever(json.dumps({"mal": [rad], "oppfolging": [{"deltok": [1, "NAV"], "dato": "2026-01-01"}]}).encode())
    assert not lesing.avvist
    assert set(lesing.tabeller["mal"].loc[0, list(rad)]) == {""}
    assert sorted(lesing.problemer.to_numpy().tolist()) == [
        ["mal", 0, "beskrivelse", "ODELAGT_TEKST"],
        ["mal", 0, "deltakelseId", "ODELAGT_TEKST"],
        ["mal", 0, "frist", "IKKE_DATO"],
        ["mal", 0, "malId", "ODELAGT_TEKST"],
        ["mal", 0, "maltype", "UKJENT_KODE"],
        ["oppfolging", 0, "deltok", "UKJENT_KODE"],
    ]


@pytest.mark.parametrize(
    "data",
    [
        b'{"stengt": [{"fraDato": "2026-07-01", "fraDato": "2026-07-02"}]}',
        b'{"stengt": [], "stengt": []}',
        b'{"plass": [{"antallPlasser": NaN}]}',
        b'{"plass": [{"antallPlasser": Infinity}]}',
        b'{"plass": [{"antallPlasser": -Infinity}]}',
        b'{"plass": [{"antallPlasser": 007}]}',
        b'{"stengt": [1, 2]}',
        b'{"stengt": "tekst"}',
        b'{"stengt": {"fraDato": "2026-07-01"}}',
        b'{"stengt": [{"fraDato": "2026-07-01"},]}',
        b'{"stengt": []} {"stengt": []}',
    ],
)
def test_a_document_that_could_be_read_two_ways_or_none_is_refused(lever: Any, regler: Any, data: bytes) -> None:
    assert regler(lever(data)) == ["FIL002"]


def test_nesting_without_end_is_refused(lever: Any, regler: Any) -> None:
    dypt = b'{"stengt": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert regler(lever(dypt)) == ["FIL003"]


def test_more_values_than_the_limit_are_refused_before_parsing(lever: Any, regler: Any) -> None:
    data = json.dumps(STENGT).encode()
    antall = data.count(b",") + data.count(b"[") + 20 * data.count(b"{")
    grenser = standardgrenser()
    assert regler(lever(data, grenser=replace(grenser, maks_celler=antall))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_celler=antall - 1))) == ["FIL003"]


@pytest.mark.parametrize("tegnsett", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_may_be_marked(lever: Any, regler: Any, tegnsett: str) -> None:
    assert regler(lever(json.dumps(STENGT).encode(tegnsett))) == []


def test_a_document_in_another_encoding_is_refused(lever: Any, regler: Any) -> None:
    dokument = {"mal": [{"beskrivelse": "Sjåfør"}]}
    assert regler(lever(json.dumps(dokument, ensure_ascii=False).encode("cp1252"))) == ["FIL007"]


def test_half_a_surrogate_is_broken_text(lever: Any) -> None:
    lesing = lever(b'{"mal": [{"malId": "1", "beskrivelse": "a\\ud800b", "kriterium": "\\ud83d\\ude00"}]}')
    assert lesing.problemer.to_numpy().tolist() == [["mal", 0, "beskrivelse", "ODELAGT_TEKST"]]
    assert lesing.tabeller["mal"].loc[0, "kriterium"] == "\U0001f600"


def test_an_unknown_element_is_told_and_not_read(lever: Any, regler: Any, ident: str) -> None:
    lesing = lever(json.dumps({"notater": [{"tekst": "noe"}], **STENGT}).encode())
    assert [(avvik.regelId, avvik.kolonne) for avvik in lesing.avvik] == [("FIL009", "element nr. 1")]
    skjult = {"notater": {"dypt": [[{ident: 1}]]}, **STENGT}
    assert regler(lever(json.dumps(skjult).encode())) == ["FIL018"]
