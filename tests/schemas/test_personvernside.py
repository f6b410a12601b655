"""The record of processing and the DPIA are what contract, policies and code lists make."""

from collections.abc import Callable

import pytest

from schemas.kontrakt import tabeller
from schemas.personvernside import DPIA, PROTOKOLL, make_dpia, make_protocol
from schemas.regelverk import alle_regelverk


def test_both_pages_are_current() -> None:
    assert PROTOKOLL.read_text(encoding="utf-8") == make_protocol(), "run python -m schemas.personvernside"
    assert DPIA.read_text(encoding="utf-8") == make_dpia(), "run python -m schemas.personvernside"


def test_every_tagged_field_every_policy_and_every_period_is_in_the_record() -> None:
    side = make_protocol()
    for tabell in tabeller().values():
        merkede = [felt.navn for felt in tabell.felter.values() if felt.personopplysning]
        for navn in merkede:
            assert any(tabell.navn in linje and navn in linje for linje in side.splitlines()), (tabell.navn, navn)
    for versjon in alle_regelverk():
        assert f"({versjon.versjon}) | {versjon.heltall('sletting.dager')} dager" in side
    assert "`tilgangsloggDager` | 731 dager" in side


@pytest.mark.parametrize("side", [make_protocol, make_dpia])
def test_what_a_lawyer_must_confirm_is_marked(side: Callable[[], str]) -> None:
    assert "[F]" in side()
