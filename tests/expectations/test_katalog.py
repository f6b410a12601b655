"""The catalogue agrees with contract, code lists and policies, and the rules that are asked with the catalogue."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from expectations.regelsett import alle_regler, regler_etter_id
from expectations.regelside import SIDE, make_page
from schemas.avvik import Alvorlighet
from schemas.koder import all_kodeverk, kodeverk
from schemas.kontrakt import Felttype, tabeller
from schemas.loader import SCHEMAS, read_yaml
from schemas.regelverk import alle_forslag, alle_regelverk
from schemas.regelverksparametre import parameterslag
from transforms.forpliktelser import Forpliktelsesstatus, Forpliktelsestype

KATALOG = Path(__file__).parents[2] / "expectations" / "katalog.csv"
with KATALOG.open(encoding="utf-8", newline="") as fil:
    RADER = list(csv.DictReader(fil))
IDER = [rad["regelId"] for rad in RADER]
NIVAER = {"FIL", "SKJEMA", "VERDI", "RAD", "KRYSSRAD", "HISTORIKK", "FRIST", "DOKUMENT"}
STYRKER = {"skal", "som hovedregel", "bør", "praksis", "kontrakt"}
# Words of the conditions that are not fields of the contract, and the capitals that are not codes.
ANDRE_VERDIER = {"dokument", "leveranse", "kvittering", "forpliktelse"}
ORD = {"AND", "NOT", "ACTIVE", "NOSHOW", "DOCTYPE", "UUID", "FFFD", "YYYY", "ZIP_CSV", "JSONL", "PARQUET", "WINDOWS"}
TILSTANDER = {"AVVIST", "GODTATT", "IKKE_I_SYSTEMET", *Forpliktelsestype, *Forpliktelsesstatus}
FELT = re.compile(r"\b([a-z][A-Za-z]+)\.([a-zA-Z]+)\b")
KODE = re.compile(r"\b[A-ZÆØÅ][A-ZÆØÅ_]{2,}[A-ZÆØÅ]\b")
LIK = re.compile(r"\b([a-z][A-Za-z]+)\.([a-zA-Z]+) (?:=|<>) ([A-ZÆØÅ][A-ZÆØÅ_]+)\b")
BLANT = re.compile(r"\b([a-z][A-Za-z]+)\.([a-zA-Z]+) (?:NOT )?IN \(([A-ZÆØÅ_, ]+)\)")


def parametre(rad: dict[str, str]) -> dict[str, str]:
    """The parameters of a row, by name; a value per tiltakskode keeps the code in its value."""
    par = (del_.partition("=") for del_ in rad["parametre"].split(";") if del_)
    return {navn.split(":")[-1]: verdi for navn, _, verdi in par}


def each(rader: Iterable[dict[str, str]], fault: Callable[[dict[str, str]], Iterator[str]]) -> list[str]:
    """Every fault of every row, with the id of the rule."""
    return [f"{rad['regelId']}: {feil}" for rad in rader for feil in fault(rad)]


def test_every_row_is_of_its_kind() -> None:
    def fault(rad: dict[str, str]) -> Iterator[str]:
        if not re.fullmatch(r"[A-Z]{3}[0-9]{3}", rad["regelId"]) or rad["gruppe"] != rad["regelId"][:3]:
            yield "id and group"
        for kolonne, gyldige in (("alvorlighet", Alvorlighet.__members__), ("nivaa", NIVAER), ("styrke", STYRKER)):
            if rad[kolonne] not in gyldige:
                yield kolonne
        yield from (kolonne for kolonne in ("kilde", "melding_nb", "tiltak_nb", "vilkar") if not rad[kolonne])

    assert each(RADER, fault) == []
    assert len(set(IDER)) == len(IDER)


def test_no_condition_names_a_second_severity() -> None:
    def fault(rad: dict[str, str]) -> Iterator[str]:
        yield from set(KODE.findall(rad["vilkar"])) & set(Alvorlighet.__members__)

    assert each(RADER, fault) == []


def test_every_table_and_field_is_in_the_contract() -> None:
    def fault(rad: dict[str, str]) -> Iterator[str]:
        egne = set(rad["tabeller"].split())
        yield from egne - tabeller().keys() - {"ALLE"}
        for tabell, felt in FELT.findall(rad["vilkar"]):
            if tabell in ANDRE_VERDIER:
                continue
            if tabell not in tabeller() or felt not in tabeller()[tabell].felter:
                yield f"{tabell}.{felt}"
            elif not egne & {tabell, "ALLE"}:
                yield f"{tabell} is read and not named in tabeller"

    assert each(RADER, fault) == []


def test_every_tiltakskode_and_every_code_is_in_a_list() -> None:
    tiltak = kodeverk("tiltakskode").koder.keys() | {"ALLE"}
    kjente = {kode for liste in all_kodeverk().values() for kode in liste.koder} | ORD | TILSTANDER

    def fault(rad: dict[str, str]) -> Iterator[str]:
        yield from {kode.removeprefix("-") for kode in rad["tiltakskoder"].split()} - tiltak
        yield from set(KODE.findall(f"{rad['vilkar']} {rad['parametre']}")) - kjente

    assert each(RADER, fault) == []


def test_every_code_that_a_field_is_compared_with_is_in_its_own_list() -> None:
    def fault(rad: dict[str, str]) -> Iterator[str]:
        for tabell, felt, kode in _comparisons(rad["vilkar"]):
            if tabell in ANDRE_VERDIER:
                continue
            egenskaper = tabeller()[tabell].felter[felt]
            if egenskaper.type not in (Felttype.KODE, Felttype.KODELISTE):
                yield f"{tabell}.{felt} is not coded"
            elif kode not in kodeverk(str(egenskaper.kodeverk)).koder:
                yield f"{tabell}.{felt} has no code {kode}"

    assert sum(1 for rad in RADER for _ in _comparisons(rad["vilkar"])) > 50
    assert each(RADER, fault) == []


def _comparisons(vilkar: str) -> Iterator[tuple[str, str, str]]:
    yield from LIK.findall(vilkar)
    for tabell, felt, koder in BLANT.findall(vilkar):
        yield from ((tabell, felt, kode.strip()) for kode in koder.split(",") if kode.strip())


def test_every_parameter_is_used_by_its_condition() -> None:
    def fault(rad: dict[str, str]) -> Iterator[str]:
        for navn in parametre(rad):
            if not re.search(rf"\b{re.escape(navn)}\b", rad["vilkar"]):
                yield f"{navn} is in parametre and not in vilkar"

    assert each(RADER, fault) == []


def test_every_reference_is_a_parameter_and_some_policy_of_its_tiltak_has_it() -> None:
    def fault(rad: dict[str, str]) -> Iterator[str]:
        koder = set(rad["tiltakskoder"].split())
        for sti in (verdi[1:] for verdi in parametre(rad).values() if verdi.startswith("@")):
            if not any(_is_within(kjent, sti) for kjent in parameterslag()):
                yield f"{sti} is no parameter"
            gjelder = [rv for rv in alle_regelverk() if rv.tiltakskode in koder or "ALLE" in koder]
            if not any(_is_within(kjent, sti) for regelverk in gjelder for kjent in regelverk.parametre):
                yield f"no policy has {sti}"

    assert sum("@" in rad["parametre"] for rad in RADER) > 15
    assert each(RADER, fault) == []


def _is_within(sti: str, gren: str) -> bool:
    return sti == gren or sti.startswith(f"{gren}.")


def test_the_catalogue_of_219_rules_is_whole() -> None:
    nye = {"FIL017", "FIL018", "FIL019", "SKJ012", "SLE008", "SLE009", "SLU012", "PII013", "PII014"}
    nye |= {"FIL020", "FIL021", "FIL022", "FIL023", "SKJ013", "IDE011", "VAR015"}
    assert nye <= set(IDER)
    assert len(IDER) == 219 + len(nye)


def test_every_rule_that_is_asked_says_what_its_row_says() -> None:
    rader = {rad["regelId"]: rad for rad in RADER}
    for regel in alle_regler():
        rad = rader[regel.regel]
        assert (regel.alvorlighet.value, regel.niva.name) == (rad["alvorlighet"], rad["nivaa"]), regel.regel
        assert (regel.melding, regel.tiltak) == (rad["melding_nb"], rad["tiltak_nb"]), regel.regel
        assert (regel.kilde, regel.styrke) == (rad["kilde"], rad["styrke"]), regel.regel
        unntatte = {f"-{kode}" for kode in regel.unntatte_tiltakskoder}
        assert (regel.tiltakskoder or {"ALLE", *unntatte}) == set(rad["tiltakskoder"].split()), regel.regel
        referanser = {verdi[1:] for verdi in parametre(rad).values() if verdi.startswith("@")}
        assert regel.referanser() == referanser, regel.regel
        lest = {sted.kontrakttabell for sted in regel.steder} | {tabell for tabell, _ in regel.leser}
        assert rad["tabeller"] == "ALLE" or lest <= set(rad["tabeller"].split()), regel.regel


def test_every_rule_of_the_door_is_in_the_catalogue_with_its_severity() -> None:
    rader = {rad["regelId"]: rad for rad in RADER}
    porten = read_yaml(SCHEMAS / "profiler" / "portregler.yaml")
    assert [p["regelId"] for p in porten if rader[p["regelId"]]["alvorlighet"] != p["alvorlighet"]] == []


def test_every_group_has_at_least_two_rules_and_forty_in_all() -> None:
    grupper = [regel.regel[:3] for regel in alle_regler()]
    assert len(grupper) >= 40
    for gruppe in ("SKJ", "IDE", "KOD", "DAT", "OMF", "PLA", "PER", "SLU", "SAM", "TVE"):
        assert grupper.count(gruppe) >= 2, gruppe


def test_every_point_that_a_policy_requires_is_asked_for() -> None:
    for regel in ("PLA001", "PLA002", "PER001", "SLU001"):
        (sti,) = regler_etter_id()[regel].referanser()
        spurt = {sted.kolonne for sted in regler_etter_id()[regel].steder}
        for regelverk in (*alle_regelverk(), *alle_forslag()):
            if sti in regelverk.parametre:
                assert set(regelverk.parametre[sti].verdi) <= spurt, regelverk.versjon


def test_the_page_of_the_rules_is_what_the_rules_make() -> None:
    assert SIDE.read_text(encoding="utf-8") == make_page(alle_regler()), "run python -m expectations.regelside"
    assert all(f'<a id="{regel.regel}"></a>{regel.regel} |' in make_page(alle_regler()) for regel in alle_regler())
    for regel in ("FIL001", "FIL019", "PII002"):
        assert f'<a id="{regel}"></a>{regel} |' in make_page(alle_regler())
