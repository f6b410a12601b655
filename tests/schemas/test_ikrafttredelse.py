"""Which policy version is in force on a day: a proposal is off until a set-up names its day, and no day is without."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from schemas.ikrafttredelse import in_place_of, load_regelverk_i_kraft
from schemas.loader import UgyldigFil
from schemas.oppsett import load_oppsett
from schemas.regelverk import (
    REGELVERK,
    Forslag,
    ManglerRegelverk,
    alle_forslag,
    alle_regelverk,
    katalogen,
    read_version,
    regelverk,
)
from tests.pipeline.saker import make_oppsett

AFT = "ARBEIDSFORBEREDENDE_TRENING"
HORING = "AFT-horing"
DAGEN = "2027-07-01"


@pytest.fixture
def katalog(tmp_path: Path) -> Path:
    """A copy of the policies that ship, to be made wrong."""
    shutil.copytree(REGELVERK / AFT, tmp_path / "versjoner" / AFT)
    return tmp_path / "versjoner"


def switch_on(mappe: Path, *rader: tuple[str, str, str]) -> Path:
    """A set-up file that puts versions in force."""
    fil = mappe / "regelverk.yaml"
    linjer = [f"  - {{tiltakskode: {kode}, versjon: {versjon}, gyldigFra: {fra}}}" for kode, versjon, fra in rader]
    fil.write_text("\n".join(["ikrafttredelser:", *linjer]) + "\n", encoding="utf-8")
    return fil


def replace_in(fil: Path, fra: str, til: str) -> None:
    tekst = fil.read_text(encoding="utf-8")
    assert fra in tekst
    fil.write_text(tekst.replace(fra, til), encoding="utf-8")


def test_the_proposal_is_off_until_someone_names_its_day(tmp_path: Path) -> None:
    assert HORING not in [versjon.versjon for versjon in alle_regelverk()]
    assert load_regelverk_i_kraft(tmp_path) == alle_regelverk()
    assert load_oppsett(make_oppsett(tmp_path / "oppsett")).regelverk == alle_regelverk()
    assert regelverk(AFT, date(2099, 1, 1)).versjon == "AFT-gjeldende"


def test_a_set_up_switches_it_on_from_a_day(tmp_path: Path) -> None:
    oppsett = make_oppsett(tmp_path / "oppsett")
    switch_on(oppsett, (AFT, HORING, DAGEN))
    i_kraft = load_oppsett(oppsett).regelverk
    dager = {"2016-01-01": "AFT-gjeldende", "2027-06-30": "AFT-gjeldende", DAGEN: HORING, "2027-07-02": HORING}
    assert {dag: regelverk(AFT, date.fromisoformat(dag), i_kraft).versjon for dag in dager} == dager
    with pytest.raises(ManglerRegelverk):
        regelverk(AFT, date(2015, 12, 31), i_kraft)


def test_the_proposal_changes_what_it_says_and_nothing_else() -> None:
    (forslag,) = alle_forslag()
    (gjeldende,) = [versjon for versjon in alle_regelverk() if versjon.tiltakskode == AFT]
    endret = {sti for sti, parameter in forslag.parametre.items() if parameter != gjeldende.parametre[sti]}
    assert forslag.parametre.keys() == gjeldende.parametre.keys()
    assert endret == {"dokument.plan.forskriftskrav", "dokument.plan.omfangFastsatt"}
    assert all(forslag.parametre[sti].kilde.startswith("001 L") for sti in endret)


@pytest.mark.parametrize(
    ("rader", "sted", "grunn"),
    [
        ([(AFT, "AFT-annet", DAGEN)], "ikrafttredelser[0].versjon", "there is ['AFT-horing']"),
        ([("FINNES_IKKE", HORING, DAGEN)], "ikrafttredelser[0].versjon", "names no version of FINNES_IKKE"),
        ([(AFT, "AFT-gjeldende", DAGEN)], "ikrafttredelser[0].versjon", "waits for a day"),
        ([(AFT, HORING, "2016-01-01")], "ikrafttredelser[0].gyldigFra", "too early"),
        (
            [(AFT, HORING, DAGEN), (AFT, HORING, DAGEN)],
            "ikrafttredelser[1].gyldigFra",
            "overlaps the version AFT-horing",
        ),
        ([(AFT, HORING, "2027-06-31")], "$.ikrafttredelser[0].gyldigFra", "is not a 'date'"),
    ],
)
def test_a_set_up_that_cannot_be_is_refused(
    tmp_path: Path, rader: list[tuple[str, str, str]], sted: str, grunn: str
) -> None:
    fil = switch_on(make_oppsett(tmp_path / "oppsett"), *rader)
    with pytest.raises(UgyldigFil) as feil:
        load_oppsett(fil.parent)
    assert (feil.value.fil, feil.value.sted) == (fil, sted)
    assert grunn in feil.value.grunn


def add_version(katalog: Path, fra: str, forrige_til: str | None) -> Path:
    """A second dated version, and a last day for the first."""
    forste = katalog / AFT / "2016-01-01.yaml"
    andre = katalog / AFT / f"{fra}.yaml"
    andre.write_text(
        f"tiltakskode: {AFT}\nversjon: AFT-ny\ngyldigFra: {fra}\nendrer: AFT-gjeldende\nparametre:\n"
        "  frister:\n    plan:\n      dager: {verdi: 21, styrke: skal, kilde: prøve}\n",
        encoding="utf-8",
    )
    if forrige_til:
        replace_in(forste, "gyldigFra: 2016-01-01\n", f"gyldigFra: 2016-01-01\ngyldigTil: {forrige_til}\n")
    return andre


def test_versions_that_meet_are_taken(katalog: Path) -> None:
    add_version(katalog, "2027-01-01", "2026-12-31")
    i_kraft = alle_regelverk(katalog)
    dager = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]
    assert [regelverk(AFT, dag, i_kraft).heltall("frister.plan.dager") for dag in dager] == [28, 21, 21]


@pytest.mark.parametrize(
    ("forrige_til", "grunn"),
    [
        (None, "overlaps the version AFT-gjeldende"),
        ("2027-01-01", "overlaps the version AFT-gjeldende"),
        ("2026-12-30", "no version is in force between 2026-12-30 and 2027-01-01"),
    ],
)
def test_versions_that_overlap_or_leave_a_gap_are_refused(katalog: Path, forrige_til: str | None, grunn: str) -> None:
    fil = add_version(katalog, "2027-01-01", forrige_til)
    with pytest.raises(UgyldigFil) as feil:
        katalogen(katalog)
    assert (feil.value.fil, feil.value.sted) == (fil, "gyldigFra")
    assert grunn in feil.value.grunn


@pytest.mark.parametrize("fra", ["2026-06-01", "2027-01-01"])
def test_a_proposal_does_not_push_away_a_version_with_a_day_of_its_own(katalog: Path, tmp_path: Path, fra: str) -> None:
    add_version(katalog, "2027-01-01", "2026-12-31")
    fil = switch_on(tmp_path, (AFT, HORING, fra))
    with pytest.raises(UgyldigFil, match="overlaps"):
        load_regelverk_i_kraft(fil.parent, katalog)


def test_a_proposal_after_the_last_version_ends_that_one(katalog: Path, tmp_path: Path) -> None:
    add_version(katalog, "2027-01-01", "2026-12-31")
    i_kraft = load_regelverk_i_kraft(switch_on(tmp_path, (AFT, HORING, DAGEN)).parent, katalog)
    dager = [date(2026, 12, 31), date(2027, 6, 30), date(2027, 7, 1)]
    assert [regelverk(AFT, dag, i_kraft).versjon for dag in dager] == ["AFT-gjeldende", "AFT-ny", HORING]


def test_a_proposal_after_the_end_of_the_last_version_leaves_a_gap(katalog: Path, tmp_path: Path) -> None:
    add_version(katalog, "2027-01-01", "2026-12-31")
    replace_in(
        katalog / AFT / "2027-01-01.yaml", "gyldigFra: 2027-01-01", "gyldigFra: 2027-01-01\ngyldigTil: 2027-05-31"
    )
    fil = switch_on(tmp_path, (AFT, HORING, DAGEN))
    with pytest.raises(UgyldigFil, match=r"regelverk\.yaml.*no version is in force between 2027-05-31 and 2027-07-01"):
        load_regelverk_i_kraft(fil.parent, katalog)


@pytest.mark.parametrize(
    ("fra", "til", "sted"),
    [
        ("omfangFastsatt:", "omfangFastsat:", "parametre.dokument.plan.omfangFastsat"),
        ("verdi: true", "verdi: 1", "parametre.dokument.plan.omfangFastsatt"),
        ("endrer: AFT-gjeldende", "endrer: AFT-gammel", "endrer"),
        ("versjon: AFT-horing", "versjon: AFT-hoering", "tiltakskode, gyldigFra"),
        ("gyldigFra: null", "gyldigFra: 2027-02-30", "$.gyldigFra"),
    ],
)
def test_a_faulty_proposal_stops_everything(katalog: Path, fra: str, til: str, sted: str) -> None:
    fil = katalog / AFT / "AFT-horing.yaml"
    replace_in(fil, fra, til)
    with pytest.raises(UgyldigFil) as feil:
        katalogen(katalog)
    assert (feil.value.fil, feil.value.sted) == (fil, sted)


def test_a_whole_version_that_lacks_a_number_is_refused(katalog: Path) -> None:
    gammel = katalog / AFT / "2016-01-01.yaml"
    tekst = gammel.read_text(encoding="utf-8").replace("2016-01-01", "2027-01-01").replace("AFT-gjeldende", "AFT-ny")
    linje = next(linje for linje in tekst.splitlines(keepends=True) if "gulvProsent" in linje)
    (katalog / AFT / "2027-01-01.yaml").write_text(tekst.replace(linje, ""), encoding="utf-8")
    with pytest.raises(UgyldigFil, match=r"parametre\.omfang\.gulvProsent.*AFT-gjeldende has this parameter"):
        katalogen(katalog)


@pytest.mark.parametrize(("dager", "sted"), [("84", "sletting.dager"), ("14", "frister.sluttrapport.dager")])
def test_days_that_are_no_number_are_refused(katalog: Path, dager: str, sted: str) -> None:
    fil = katalog / AFT / "2016-01-01.yaml"
    replace_in(fil, f"dager: {{verdi: {dager},", "dager: {verdi: mange,")
    with pytest.raises(UgyldigFil, match=f"{sted}: must be a whole number"):
        read_version(fil)


def test_a_version_in_place_of_others_leaves_what_lies_before_and_after() -> None:
    (gjeldende,) = [versjon for versjon in alle_regelverk() if versjon.tiltakskode == AFT]
    (forslag,) = alle_forslag()
    assert isinstance(forslag, Forslag)
    apen = forslag.in_force_from(date(2027, 7, 1))
    assert [(v.versjon, v.gyldig_fra, v.gyldig_til) for v in in_place_of([gjeldende], apen)] == [
        ("AFT-gjeldende", date(2016, 1, 1), date(2027, 6, 30)),
        (HORING, date(2027, 7, 1), None),
    ]
    hele = forslag.in_force_from(date(2016, 1, 1))
    assert in_place_of([gjeldende], hele) == (hele,)
