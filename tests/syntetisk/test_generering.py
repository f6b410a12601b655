"""What a drop holds, that it agrees with itself on every day, and that time only moves it forward."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.identer import check_personident
from schemas.kontrakt import Felttype, tabeller
from schemas.loader import validator
from tiltaksflyt.syntetisk.generering import Innsending, generate

DAGER = (date(2024, 1, 1), date(2025, 12, 26), date(2026, 2, 28), date(2026, 8, 3))
# Dates that say what is planned, agreed or ahead; every other date is of something done.
KAN_LIGGE_FORAN = frozenset(
    [
        "frist",
        "nesteMote",
        "planlagtSluttDato",
        "sluttDato",
        "startDato",
        "gyldigTil",
        "nySluttDato",
        "planlagtTilDato",
        "planlagtStart",
        "fraDato",
        "tilDato",
        "periodeTil",
    ]
)
Rader = dict[str, list[dict[str, Any]]]


def _rows(innsending: Innsending) -> Rader:
    rader: Rader = defaultdict(list)
    for tabell, rad in innsending.rader():
        rader[tabell].append(rad)
    return rader


def _all_rows(dato: date, antall: int = 300, seed: int = 7) -> list[Rader]:
    return [_rows(innsending) for innsending in generate(seed, antall, dato)]


@pytest.fixture(scope="module", params=DAGER, ids=str)
def dag(request: pytest.FixtureRequest) -> tuple[date, list[Rader]]:
    return request.param, _all_rows(request.param)


def test_the_number_of_deltakere_is_what_was_asked_for_on_every_day(dag: tuple[date, list[Rader]]) -> None:
    assert sum(len(rader["deltaker"]) for rader in dag[1]) == 300


def test_every_drop_is_valid_by_the_contract(dag: tuple[date, list[Rader]]) -> None:
    for innsending, rader in zip(generate(7, 300, dag[0]), dag[1], strict=True):
        dokument = {"innsending": innsending.hode, **rader}
        assert next(validator("innsending").iter_errors(dokument), None) is None


def test_every_person_is_synthetic(dag: tuple[date, list[Rader]]) -> None:
    for rader in dag[1]:
        for rad in rader["deltaker"]:
            kontroll = check_personident(rad["personident"], regel2032=False)
            assert kontroll.gyldig
            assert kontroll.tillegg == 80
        assert len({rad["personident"] for rad in rader["deltaker"]}) == len(rader["deltaker"])


def test_no_key_occurs_twice_and_every_row_has_its_deltakelse(dag: tuple[date, list[Rader]]) -> None:
    for rader in dag[1]:
        deltakelser = {rad["deltakelseId"] for rad in rader["deltakelse"]}
        for tabell, rader_i_tabellen in rader.items():
            nokkel = tabeller()[tabell].nokkel
            nokler = [tuple(rad.get(felt) for felt in nokkel) for rad in rader_i_tabellen]
            assert not nokkel or len(set(nokler)) == len(nokler)
            if tabeller()[tabell].henger_pa_deltakelse:
                assert all(rad["deltakelseId"] in deltakelser for rad in rader_i_tabellen)


def test_nothing_done_lies_ahead(dag: tuple[date, list[Rader]]) -> None:
    for rader in dag[1]:
        for tabell, rader_i_tabellen in rader.items():
            datoer = [
                felt.navn
                for felt in tabeller()[tabell].felter.values()
                if felt.type is Felttype.DATO and felt.navn not in KAN_LIGGE_FORAN
            ]
            for rad in rader_i_tabellen:
                assert all(rad.get(felt, "") <= dag[0].isoformat() for felt in datoer)


def test_status_agrees_with_the_dates(dag: tuple[date, list[Rader]]) -> None:
    i_dag = dag[0].isoformat()
    for rader in dag[1]:
        for rad in rader["deltakelse"]:
            match rad["status"]:
                case "DELTAR":
                    assert rad["startDato"] <= i_dag <= rad["sluttDato"]
                case "HAR_SLUTTET":
                    assert rad["startDato"] <= rad["sluttDato"] < i_dag
                    assert date.fromisoformat(rad["sluttDato"]) >= dag[0] - timedelta(days=84)
                case "VENTER_PA_OPPSTART":
                    assert rad.get("startDato", "9999") > i_dag
                case status:
                    assert status == "IKKE_AKTUELL"
                    assert rad["aarsak"]


def test_children_lie_inside_the_deltakelse(dag: tuple[date, list[Rader]]) -> None:
    innenfor: Mapping[str, tuple[str, str]] = {
        "aktivitet": ("fraDato", "tilDato"),
        "fravaer": ("fraDato", "tilDato"),
        "vurdering": ("periodeFra", "periodeTil"),
    }
    for rader in dag[1]:
        deltakelser = {rad["deltakelseId"]: rad for rad in rader["deltakelse"]}
        for tabell, (fra, til) in innenfor.items():
            for rad in rader[tabell]:
                deltakelse = deltakelser[rad["deltakelseId"]]
                assert deltakelse["startDato"] <= rad[fra]
                assert rad.get(til, "") <= deltakelse["sluttDato"]
                assert rad.get(til) or deltakelse["status"] != "HAR_SLUTTET"


def test_contact_information_stands_only_with_a_samtykke(dag: tuple[date, list[Rader]]) -> None:
    for rader in dag[1]:
        med = {rad["deltakerId"] for rad in rader["samtykke"] if "trukket" not in rad}
        assert {rad["deltakerId"] for rad in rader["deltaker"] if "telefonnummer" in rad or "epost" in rad} == med


def test_most_stages_of_a_deltakelse_are_there_at_once() -> None:
    rader = _all_rows(date(2026, 8, 3), antall=600)
    finnes = {tabell for ett in rader for tabell, innhold in ett.items() if innhold}
    assert finnes == tabeller().keys() - {"innsending", "slettebekreftelse", "tidligereLevert"}
    statuser = {rad["status"] for ett in rader for rad in ett["deltakelse"]}
    assert statuser == {"VENTER_PA_OPPSTART", "DELTAR", "HAR_SLUTTET", "IKKE_AKTUELL"}
    utkast = [
        rad for ett in rader for tabell in ("plan", "vurdering") for rad in ett[tabell] if not rad.get("ferdigstilt")
    ]
    assert utkast


def test_texts_are_not_copied_between_deltakere() -> None:
    """No more than a handful of one big sender's plans say the same in a point (PLA008 asks about 200 characters)."""
    (innsending,) = generate(2, 200, date(2026, 8, 3), arrangorer=1)
    for felt in ("hensikt", "yrkesmal", "utprovingIOrdinaertArbeidsliv"):
        tekster = [rad[felt] for tabell, rad in innsending.rader() if tabell == "plan" and rad["versjon"] == 1]
        vanligste = max(tekster.count(tekst) for tekst in set(tekster))
        assert vanligste <= 0.1 * len(tekster)


# --- time ----


def _by_key(rader: Iterable[Rader], tabell: str) -> dict[Any, dict[str, Any]]:
    nokkel = tabeller()[tabell].nokkel
    return {
        (avsender, *(rad.get(felt) for felt in nokkel)): rad
        for avsender, ett in enumerate(rader)
        for rad in ett[tabell]
    }


@pytest.fixture(scope="module")
def tider() -> tuple[list[Rader], list[Rader]]:
    return _all_rows(date(2026, 5, 4)), _all_rows(date(2026, 6, 15))


def test_the_same_id_is_the_same_person_later(tider: tuple[list[Rader], list[Rader]]) -> None:
    tidlig, sent = (_by_key(rader, "deltaker") for rader in tider)
    felles = tidlig.keys() & sent.keys()
    assert len(felles) > 0.7 * len(tidlig)
    for nokkel in felles:
        for felt in ("personident", "fornavn", "etternavn", "navEnhet"):
            assert tidlig[nokkel][felt] == sent[nokkel][felt]


def test_a_finished_text_never_changes(tider: tuple[list[Rader], list[Rader]]) -> None:
    for tabell in ("plan", "vurdering", "sluttvurdering"):
        tidlig, sent = (_by_key(rader, tabell) for rader in tider)
        ferdige = [nokkel for nokkel in tidlig.keys() & sent.keys() if tidlig[nokkel].get("ferdigstilt")]
        assert ferdige
        assert all(tidlig[nokkel] == sent[nokkel] for nokkel in ferdige)


def test_a_started_deltakelse_never_goes_back(tider: tuple[list[Rader], list[Rader]]) -> None:
    rekkefolge = ["VENTER_PA_OPPSTART", "DELTAR", "HAR_SLUTTET"]
    tidlig, sent = (_by_key(rader, "deltakelse") for rader in tider)
    flyttet = 0
    for nokkel in tidlig.keys() & sent.keys():
        foer, etter = tidlig[nokkel], sent[nokkel]
        assert (
            foer.get("startDato", etter.get("startDato")) == etter.get("startDato") or etter["status"] == "IKKE_AKTUELL"
        )
        if "IKKE_AKTUELL" not in (foer["status"], etter["status"]):
            assert rekkefolge.index(foer["status"]) <= rekkefolge.index(etter["status"])
            flyttet += foer["status"] != etter["status"]
    assert flyttet > 20


def test_what_happened_stays_until_it_is_deleted(tider: tuple[list[Rader], list[Rader]]) -> None:
    tidlig, sent = tider
    lever = _by_key(sent, "deltakelse").keys()
    for tabell in ("aktivitet", "oppfolging", "fravaer", "mal", "forlengelse"):
        foer, etter = _by_key(tidlig, tabell), _by_key(sent, tabell)
        for nokkel, rad in foer.items():
            if (nokkel[0], rad["deltakelseId"]) in lever:
                assert nokkel in etter
    borte = _by_key(tidlig, "deltakelse").keys() - lever
    for nokkel in borte:
        rad = _by_key(tidlig, "deltakelse")[nokkel]
        assert rad["status"] in ("HAR_SLUTTET", "IKKE_AKTUELL") or rad["sluttDato"] < "2026-06-15"


def test_a_day_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="2024-01-01"):
        list(generate(1, 10, date(2023, 12, 31)))


def test_poster_hold_what_the_rows_hold() -> None:
    (innsending,) = generate(1, 25, date(2026, 8, 3), arrangorer=1)
    rader = _rows(innsending)
    poster = list(innsending.poster())
    assert len(poster) == len(rader["deltakelse"])
    for tabell in ("plan", "oppfolging", "vurdering", "sluttvurdering"):
        assert sum(len(post.rader(tabell)) for post in poster) == len(rader[tabell])
