"""What is not needed is not read: contact details without a samtykke, and why somebody was away."""

import json
from typing import Any

import pytest


def _drop(samtykker: list[dict[str, str]], **deltaker: str) -> bytes:
    person = {"deltakerId": "D1", "fornavn": "Kari", "etternavn": "Dal", "telefonnummer": "90000000", "epost": "k@d.no"}
    return json.dumps(
        {"deltaker": [person | deltaker, {"deltakerId": "D2", "epost": "o@d.no"}], "samtykke": samtykker}
    ).encode()


@pytest.mark.parametrize(
    ("samtykke", "lest"),
    [
        ({"deltakerId": "D1"}, True),
        ({"deltakerId": " D1\u00a0"}, True),
        ({"deltakerId": "D1", "trukket": "2026-01-01"}, False),
        ({"deltakerId": "D9"}, False),
        ({"deltakerId": ""}, False),
    ],
)
def test_contact_details_are_read_only_under_a_samtykke(lever: Any, samtykke: dict[str, str], lest: bool) -> None:
    deltakere = lever(_drop([samtykke])).tabeller["deltaker"]
    assert deltakere.loc[0, ["telefonnummer", "epost"]].tolist() == (["90000000", "k@d.no"] if lest else ["", ""])
    assert deltakere.loc[1, "epost"] == ""
    assert deltakere["fornavn"].tolist() == ["Kari", ""]


def test_contact_details_without_any_samtykke_are_not_even_faulty(lever: Any) -> None:
    lesing = lever(_drop([], telefonnummer="bl\ufffd"))
    assert lesing.problemer.empty
    assert set(lesing.tabeller["deltaker"]["telefonnummer"]) == {""}
    assert lever(_drop([{"deltakerId": "D1"}], telefonnummer="bl\ufffd")).problemer.to_numpy().tolist() == [
        ["deltaker", 0, "telefonnummer", "ODELAGT_TEKST"]
    ]


def test_a_samtykke_in_a_damaged_row_is_none(lever: Any, skriv: Any) -> None:
    deltaker = "deltakerId;personident;fornavn;etternavn;navEnhet;epost\nD1;1;Kari;Dal;0219;k@d.no\n"
    samtykke = "samtykkeId;deltakerId;deltakelseId;formaal;tekstversjon;gitt;gyldigTil\nS;D1;L;x;1;2026-01-01\n"
    lesing = lever(skriv.zip({"deltaker.csv": deltaker, "samtykke.csv": samtykke}))
    assert lesing.tabeller["deltaker"].loc[0, "epost"] == ""


def test_no_cause_of_an_absence_is_left_anywhere(lever: Any) -> None:
    fravaer = [{"fraDato": "2026-01-01", "fravaerstype": ord_} for ord_ in ("Sykdom", "sykt barn", "Rusbehandling")]
    lesing = lever(json.dumps({"fravaer": fravaer}).encode())
    assert lesing.tabeller["fravaer"]["fravaerstype"].tolist() == ["MELDT", "MELDT", ""]
    assert "behandling" not in lesing.problemer.to_csv() + repr(lesing.avvik)
    assert lesing.problemer["kode"].tolist() == ["UKJENT_KODE"]
