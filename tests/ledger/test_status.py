"""docs/status.md, the table of transitions and the functions are one and the same."""

import re
from pathlib import Path
from typing import Any

import pytest

from tiltaksflyt.ledger import Forpliktelsesstatus, Ledger
from tiltaksflyt.ledger.koder import Kjedefeilkode, Statuskode
from tiltaksflyt.ledger.tilstander import (
    LEVERANSE,
    MASKINER,
    Forsendelsestilstand,
    Innsendingstilstand,
    Kodet,
    Leveransetilstand,
    Slettesakstilstand,
    origins,
)
from transforms.forpliktelser import Forpliktelsesstatus as BeregnetStatus

SIDE = (Path(__file__).parents[2] / "docs" / "status.md").read_text(encoding="utf-8")
KILDE = Path(__file__).parents[2] / "tiltaksflyt" / "ledger"
KODER: tuple[type[Kodet], ...] = (
    Innsendingstilstand,
    Forsendelsestilstand,
    Leveransetilstand,
    Slettesakstilstand,
    Forpliktelsesstatus,
    Statuskode,
    Kjedefeilkode,
)


def _drawn(maskin: str) -> set[tuple[str, str, str]]:
    avsnitt = SIDE.split(f"\n## {maskin}:", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^    (\S+) --> (\S+): (\S+)$", avsnitt, re.MULTILINE))


@pytest.mark.parametrize("maskin", MASKINER)
def test_the_drawing_is_the_table_of_transitions(maskin: str) -> None:
    assert _drawn(maskin) == {(str(o.fra or "[*]"), str(o.til), o.funksjon) for o in MASKINER[maskin]}


def test_every_arrow_is_a_function_of_the_open_ledger(ledger: Ledger) -> None:
    for overganger in MASKINER.values():
        for overgang in overganger:
            tjeneste, metode = overgang.funksjon.split(".")
            assert callable(getattr(getattr(ledger, tjeneste), metode)), overgang.funksjon


@pytest.mark.parametrize("maskin", MASKINER)
def test_every_state_is_entered_and_none_is_a_trap_by_mistake(maskin: str) -> None:
    tilstander: Any = type(MASKINER[maskin][0].til)
    assert {o.til for o in MASKINER[maskin]} == set(tilstander)
    blindveier = set(tilstander) - {o.fra for o in MASKINER[maskin]}
    assert {str(t) for t in blindveier} == {
        "innsending": {"BESVART"},
        "forsendelse": {"ERSTATTET", "TILBAKEKALT"},
        "leveranse": {"LEST", "LEVETID_UTLOPT", "AVLYST"},
        "slettesak": {"FULLFORT"},
    }[maskin]


def test_a_move_that_is_not_drawn_cannot_be_asked_for() -> None:
    with pytest.raises(KeyError, match="draw it first"):
        origins(LEVERANSE, "leveranser.retry", Leveransetilstand.SENDT)


@pytest.mark.parametrize("koder", KODER, ids=lambda k: k.__name__)
def test_every_code_has_a_norwegian_sentence_and_stands_on_the_page(koder: type[Kodet]) -> None:
    for kode in koder:
        assert re.fullmatch(r"[A-ZÆØÅ].*\.", kode.tekst), kode
        assert f"| {kode} | {kode.tekst} |" in SIDE
    assert len({kode.tekst for kode in koder}) == len(koder)


def test_no_service_writes_a_state_past_the_table() -> None:
    """Every function of a service that sets a state asks the table, or makes the row."""
    for fil in KILDE.glob("*.py"):
        kilde = fil.read_text(encoding="utf-8")
        assert not re.search(r"tilstand\s*=\s*['\"]", kilde), fil.name


def test_the_ledger_stores_just_the_statuses_that_are_computed() -> None:
    assert [str(s) for s in Forpliktelsesstatus] == [str(s) for s in BeregnetStatus]
