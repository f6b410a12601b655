"""`profile check`: every fault at once, each by its line, and what a layout has and lacks of the contract."""

import re
from pathlib import Path

import pytest

from schemas.kontrakt import tabeller
from tiltaksflyt.intake.portdata import PROFILER, read_portdata
from tiltaksflyt.intake.profilkontroll import Profilkontroll, check_profil, cost_of

MANGE_FEIL = """\
profil: Mitt Oppsett
versjon: 1
format: PDF
datoformat: [dd.mm.yyyy, mm.dd.yyyy]
kodetabeller:
  type: {Yrke: YRKET, Fag: FAGLIG}
  tom: {}
tabeller:
  Mål:
    til:
      mal:
        deltakelseId: Løp
        maltype: {kolonne: Type, koder: type}
        beskrivelse: {eval: 1+1}
        hobby: Hobby
        gjort: Gjort
        gjort: Gjort nå
        status: {konstant: ÅPENT}
        kriterium: {prosentAvTimer: Timer, fullUke: "37.5"}
        malId: LØP
  Ukjent:
    til:
      finnesIkke: {a: b}
"""


def check(tmp_path: Path, innhold: str) -> Profilkontroll:
    fil = tmp_path / "oppsett.yaml"
    fil.write_text(innhold, encoding="utf-8")
    return check_profil(fil)


def test_every_fault_is_told_once_by_its_line(tmp_path: Path) -> None:
    svar = check(tmp_path, MANGE_FEIL)
    assert [(feil.linje, feil.sted.rsplit(".", 1)[-1]) for feil in svar.feil] == [
        (None, ""),  # beskrivelse is missing
        (1, "profil"),
        (3, "format"),
        (4, "1"),
        (7, "tom"),
        (9, "Mål"),  # Løp twice
        (13, "maltype"),
        (14, "beskrivelse"),
        (15, "hobby"),
        (17, "gjort"),
        (18, "status"),
        (19, "kriterium"),
        (23, "finnesIkke"),
    ]
    grunner = " | ".join(feil.grunn for feil in svar.feil)
    for ventet in (
        "'beskrivelse' is a required property",
        "'PDF' is not one of",
        "«LØP» occurs twice",
        "YRKET is not a code of maltype",
        "nor an expression; the expressions are {kolonne}",
        "no such field",
        "the key occurs twice",
        "not a code of malstatus",
        "only a number",
        "no such table",
    ):
        assert ventet in grunner


@pytest.mark.parametrize(
    ("innhold", "linje", "grunn"),
    [
        ("profil: [\n", 2, "not valid YAML"),
        ("- a\n- b\n", None, "is not of type 'object'"),
        ("", None, "is not of type 'object'"),
        ("profil: x\nversjon: 1\n", None, "'tabeller' is a required property"),
    ],
)
def test_what_is_no_profile_at_all_is_told(tmp_path: Path, innhold: str, linje: int | None, grunn: str) -> None:
    svar = check(tmp_path, innhold)
    assert not svar.ok
    assert (svar.feil[0].linje, svar.dekning) == (linje, ())
    assert any(grunn in feil.grunn for feil in svar.feil)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    fil = tmp_path / "1.yaml"
    fil.write_bytes(b"profil: \xff\xfe\x00")
    assert [feil.grunn for feil in check_profil(fil).feil] == ["not readable as YAML (UnicodeDecodeError)"]
    assert [feil.grunn for feil in check_profil(tmp_path / "borte.yaml").feil] == ["the file does not exist"]


@pytest.mark.parametrize("fil", sorted(PROFILER.glob("*/*.yaml")), ids=lambda fil: fil.parent.name)
def test_every_profile_that_ships_is_sound(fil: Path) -> None:
    svar = check_profil(fil)
    assert svar.feil == ()
    assert {tabell.tabell for tabell in svar.dekning} | set(svar.savnede_tabeller) == set(tabeller())
    # Nav's own records say who takes part in what; the texts come from the sender's own system.
    tekster = set() if fil.parent.name == "amt-deltaker-ekstern" else {"plan", "vurdering", "sluttvurdering"}
    assert not ({"deltaker", "deltakelse"} | tekster) & set(svar.savnede_tabeller)


def test_what_a_layout_lacks_is_told_with_its_cost_and_is_no_fault(tmp_path: Path) -> None:
    svar = check(
        tmp_path,
        "profil: liten\nversjon: 1\nbeskrivelse: Bare de som må være med.\nformat: CSV\ntabeller:\n"
        "  P:\n    til:\n      deltaker: {deltakerId: Nr, personident: F, fornavn: A, etternavn: B, navKontorNavn: K}\n"
        "      deltakelse: {deltakerId: Nr, tiltakskode: {konstant: AVKLARING}, status: S}\n",
    )
    assert svar.ok
    assert svar.savnede_tabeller["plan"] == "no plan can be built or sent"
    deltaker, deltakelse = svar.dekning
    assert (deltaker.antall, deltaker.av) == (5, 11)
    assert "adressebeskyttelse" in deltaker.savnet
    assert "navEnhet" not in deltaker.savnet
    assert deltakelse.savnet["deltakelseId"].startswith("derived from deltakerId and startDato")
    tekst = svar.as_text()
    assert "has deltakelse: 3 of 23 fields, all required (deltakerId, tiltakskode, status)" in tekst
    assert "lacks vurdering: no perioderapport can be built or sent" in tekst


def test_the_example_of_the_manual_is_sound(tmp_path: Path) -> None:
    side = (Path(__file__).parents[2] / "docs" / "profiler.md").read_text(encoding="utf-8")
    (eksempel,) = re.findall(r"```yaml\n(.*?)```", side, re.DOTALL)
    svar = check(tmp_path, eksempel)
    assert svar.feil == ()
    assert {tabell.tabell for tabell in svar.dekning} == {"deltaker", "deltakelse"}


def test_every_table_has_its_cost_and_every_cost_its_field() -> None:
    savn = read_portdata("savn")
    assert set(savn["tabeller"]) == set(tabeller())
    for tabell, felter in savn["felter"].items():
        for felt in felter:
            assert not tabeller()[tabell].felter[felt].pakrevd, f"{tabell}.{felt}"
    assert cost_of("mal", "malId") == "derived, and told so"
    assert cost_of("mal", "gjort") == "blank in the documents, and unknown to the rules"
