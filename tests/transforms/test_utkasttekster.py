"""What a sender reads about its drafts, in both målformer."""

from datetime import UTC, datetime

import pytest

from transforms.utkasttekster import (
    Beskjedsvar,
    Beskjedutfall,
    Utkastlinje,
    Utkaststand,
    render_beskjedsvar,
    render_oversikt,
)

TID = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
LINJER = [
    Utkastlinje(Utkaststand.STANSET, "", "stanset/plan-c.pdf", "PLAN"),
    Utkastlinje(Utkaststand.SENDES, "2026-03-10", "sendes-2026-03-10/plan-d.pdf", "PLAN"),
    Utkastlinje(Utkaststand.SENDES, "2026-03-03", "sendes-2026-03-03/plan-b.pdf", "PLAN"),
    Utkastlinje(Utkaststand.SENDES, "2026-03-03", "sendes-2026-03-03/perioderapport-2-a.pdf", "PERIODERAPPORT"),
]
SVAR = {
    "stopp": set(Beskjedutfall) - {Beskjedutfall.SENDES},
    "send": set(Beskjedutfall) - {Beskjedutfall.STANSET, Beskjedutfall.DELVIS_STANSET},
}


def test_the_list_is_by_day_and_what_is_stopped_comes_after() -> None:
    tekst = render_oversikt(LINJER, "Eksempel Vekst AS", "nb").decode("utf-8-sig")
    assert tekst.splitlines()[0] == "Utkast for Eksempel Vekst AS"
    assert tekst.split("\r\n\r\n")[-3:] == [
        "Sendes 3. mars 2026:\r\n"
        "  sendes-2026-03-03/perioderapport-2-a.pdf  Perioderapport\r\n"
        "  sendes-2026-03-03/plan-b.pdf  Plan for tiltaket",
        "Sendes 10. mars 2026:\r\n  sendes-2026-03-10/plan-d.pdf  Plan for tiltaket",
        "Stanset. Sendes ikke før noen ber om det i send/, eller teksten endres:\r\n"
        "  stanset/plan-c.pdf  Plan for tiltaket\r\n",
    ]


@pytest.mark.parametrize("maalform", ["nb", "nn"])
def test_the_same_drafts_give_the_same_bytes_whatever_order_they_come_in(maalform: str) -> None:
    assert render_oversikt(LINJER, "A", maalform) == render_oversikt(LINJER[::-1], "A", maalform)


@pytest.mark.parametrize(("mappe", "utfall"), [(mappe, ett) for mappe, alle in SVAR.items() for ett in sorted(alle)])
def test_every_outcome_is_told_in_both_languages_and_the_name_only_where_it_is_ours(
    mappe: str, utfall: Beskjedutfall
) -> None:
    kjent = utfall is not Beskjedutfall.UKJENT
    svar = Beskjedsvar(mappe, "plan-a.pdf" if kjent else None, TID, utfall)
    tekster = {m: render_beskjedsvar([svar], "A", m, TID).decode("utf-8-sig") for m in ("nb", "nn")}
    for tekst in tekster.values():
        tittel, linje, setning = filter(None, tekst.split("\r\n"))
        assert "2. mars 2026 kl. 10.15" in tittel
        assert linje.startswith(f"{mappe}/ ")
        assert ("plan-a.pdf" in linje) is kjent
        assert setning.startswith("  ")
        assert "{" not in tekst
    assert tekster["nb"] != tekster["nn"]
