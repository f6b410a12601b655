"""Every number is valid by its own rule and belongs to nobody."""

from datetime import date

import pytest

from schemas.identer import Identtype, check_orgnr, check_personident
from tiltaksflyt.syntetisk import identiteter, navn
from tiltaksflyt.syntetisk.arrangorer import NAVENHETER, make_arrangorer
from tiltaksflyt.syntetisk.livslop import Befolkning
from tiltaksflyt.syntetisk.trekning import trekning

DATO = date(2026, 8, 3)


def test_every_cell_gives_its_own_valid_number() -> None:
    numre = set()
    for celle in range(0, identiteter.CELLER, 7):
        for kvinne in (False, True):
            ident = identiteter.personident(identiteter.fodselsdag(celle, 1990), celle, kvinne=kvinne)
            kontroll = check_personident(ident, regel2032=False)
            assert kontroll.gyldig
            assert kontroll.tillegg == 80
            assert (int(ident[8]) % 2 == 0) is kvinne
            numre.add(ident)
    assert len(numre) == 2 * len(range(0, identiteter.CELLER, 7))


@pytest.mark.parametrize("ar", [1959, 1999, 2000, 2008])
def test_every_birthday_has_enough_numbers(ar: int) -> None:
    for dag in range(identiteter.DAGER_I_ARET):
        celler = range(dag * identiteter.NUMRE_PER_DAG, (dag + 1) * identiteter.NUMRE_PER_DAG)
        fodt = identiteter.fodselsdag(celler[0], ar)
        assert len({identiteter.personident(fodt, celle, kvinne=True) for celle in celler}) == len(celler)


def test_a_nation_has_no_two_persons_with_one_number() -> None:
    idents = [
        person.personident
        for arrangor in make_arrangorer(3, 7600, 330)
        for person in Befolkning(3, arrangor, 7600).personer(DATO)
    ]
    assert len(idents) == 7600
    assert len(set(idents)) == 7600
    typer = {check_personident(ident, regel2032=False).type for ident in idents}
    assert typer == {Identtype.SYNTETISK_FODSELSNUMMER, Identtype.SYNTETISK_D_NUMMER}
    assert all(check_personident(ident, regel2032=False).gyldig for ident in idents)
    assert 0.01 < sum(ident[0] in "4567" for ident in idents) / len(idents) < 0.03


def test_one_sender_with_more_deltakere_than_cells_still_has_no_twins() -> None:
    antall = 3 * identiteter.CELLER
    (arrangor,) = make_arrangorer(1, antall, 1)
    befolkning = Befolkning(1, arrangor, antall)
    # Those who share a birthday and the last digits are the ones a cell apart: their years of birth must differ.
    for plass in range(0, identiteter.CELLER, 997):
        samme = [next(befolkning.history(plass + i * identiteter.CELLER)).personident for i in range(3)]
        assert len(set(samme)) == 3


def test_orgnr_are_valid_and_of_the_test_range() -> None:
    avsendere = [identiteter.arrangor_orgnr(nummer) for nummer in range(2000)]
    arbeidsgivere = [identiteter.arbeidsgiver_orgnr(nummer) for nummer in range(2000)]
    assert len(set(avsendere)) == len(set(arbeidsgivere)) == 2000
    assert all(check_orgnr(orgnr).gyldig for orgnr in avsendere + arbeidsgivere)
    assert {orgnr[0] for orgnr in avsendere} == {"3"}
    assert {orgnr[0] for orgnr in arbeidsgivere} == {"2"}


def test_no_telephone_can_ring() -> None:
    assert all(identiteter.telefon(nummer).startswith("0") for nummer in (0, 7, 999_999, 10**9))
    assert {len(identiteter.telefon(nummer)) for nummer in range(0, 10**6, 9973)} == {8}


@pytest.mark.parametrize("kvinne", [True, False])
def test_names_are_evidently_made_up(kvinne: bool) -> None:
    merker = ("Test", "Prøve", "Eksempel", "Øvings", "Demo", "تجريبي")
    for plass in range(200):
        navn_ = navn.make_navn(trekning("navn", plass), plass, kvinne=kvinne, tegnsett="utf-8")
        assert any(merke in f"{navn_.mellomnavn} {navn_.etternavn}" for merke in merker)


def test_the_first_forty_hold_every_rare_name_that_the_encoding_can_carry() -> None:
    def surnames(tegnsett: str) -> str:
        rader = (navn.make_navn(trekning("navn", plass), plass, kvinne=True, tegnsett=tegnsett) for plass in range(40))
        return " ".join(navn_.etternavn for navn_ in rader)

    alle = surnames("utf-8")
    assert all(del_ in alle for del_ in ("Null", "'", "-", "Čáhppeluođđi", "تجريبي"))
    snever = surnames("windows-1252")
    assert snever.encode("windows-1252")
    assert all(del_ in snever for del_ in ("Null", "'", "-"))


def test_navenheter_are_evidently_test() -> None:
    assert len({enhet for enhet, _, _ in NAVENHETER}) == 15
    assert all(enhet.startswith("97") and tekst.startswith("TEST ") for enhet, _, tekst in NAVENHETER)
