"""The record of processing and the DPIA, made from contract and policies: `python -m schemas.personvernside`.

docs/behandlingsprotokoll.md (GDPR art. 30) and docs/dpia.md (art. 35). What a person must decide stands in
schemas/personvern/protokoll.yaml, marked as open; nothing on the pages is written by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.kontrakt import tabeller
from schemas.loader import SCHEMAS, load, read_yaml
from schemas.regelverk import alle_regelverk
from schemas.tilgangsroller import tilgangsroller

DOCS = Path(__file__).parents[1] / "docs"
PROTOKOLL, DPIA = DOCS / "behandlingsprotokoll.md", DOCS / "dpia.md"
_LAGET = "\n\nDenne siden lages av koden (`python -m schemas.personvernside`); rett den ikke for hånd.\n"
_APENT = "**[F]**"


def make_protocol() -> str:
    """The record of processing as text (art. 30 (1) and (2))."""
    return "".join(_protocol(_words()))


def make_dpia() -> str:
    """The assessment as text (art. 35 (7)): what the code knows, and what a lawyer must answer."""
    return "".join(_dpia(_words()))


@cache
def _words() -> Mapping[str, Any]:
    return MappingProxyType(load(SCHEMAS / "personvern" / "protokoll.yaml", "personvernprotokoll"))


def _protocol(t: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Behandlingsprotokoll{_LAGET}\n{t['innledning']}\n"
    yield "\n## Hvem som har ansvaret\n\n"
    yield from _table(("rolle", "hvem", "grunnlag"), [(r["rolle"], r["hvem"], r["grunnlag"]) for r in t["roller"]])
    yield "\n## Formål og behandlingsgrunnlag\n\n"
    yield from _table(("formål", "grunnlag"), [(f["formal"], f"{f['grunnlag']} {_APENT}") for f in t["formal"]])
    yield "\n## Hvem opplysningene gjelder\n\n"
    yield from (f"- {linje}\n" for linje in t["registrerte"])
    yield "\n## Kategorier av opplysninger\n\nEtter merkene i kontrakten og kodeverket `personopplysning`.\n\n"
    yield from _categories()
    yield "\n## Mottakere\n\n"
    yield from _recipients()
    yield from _periods()
    yield "\n## Overføring til land utenfor EØS\n\n"
    yield f"{t['overforing']}\n"
    yield "\n## Sikkerhetstiltak\n\n"
    yield from (f"- {linje}\n" for linje in t["tiltak"])
    yield "\n## Hvem som kan åpne hva\n\n"
    yield from _access()


def _dpia(t: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Vurdering av personvernkonsekvenser (DPIA){_LAGET}\n{t['dpia']['innledning']}\n"
    yield "\n## 1. Hva som behandles, og hvorfor\n\n"
    yield from _table(("formål", "grunnlag"), [(f["formal"], f"{f['grunnlag']} {_APENT}") for f in t["formal"]])
    tiltak = sorted({kodeverk("tiltakskode").tekst(versjon.tiltakskode) for versjon in alle_regelverk()})
    yield f"\nTiltakene med et regelverk: {', '.join(tiltak)}.\n"
    yield "\nSærlige kategorier (art. 9) som kontrakten kan bære:\n\n"
    yield from (f"- {kodeverk('personopplysning').tekst(kode)}: {felter}\n" for kode, felter in _special().items())
    yield "\nKategoriene, mottakerne og periodene står i [behandlingsprotokollen](behandlingsprotokoll.md).\n"
    yield "\n## 2. Om det er nødvendig og forholdsmessig\n\n"
    yield from (f"- {linje}\n" for linje in t["dpia"]["nodvendig"])
    yield from _periods()
    yield "\n## 3. Risiko for dem det gjelder, og tiltakene\n\n"
    yield from _table(
        ("hva som kan gå galt", "tiltak i løsningen", "restrisiko"),
        [(r["risiko"], r["tiltak"], f"vurderes {_APENT}") for r in t["dpia"]["risikoer"]],
    )
    yield f"\n## 4. Det en jurist må svare på {_APENT}\n\n"
    yield from (f"{nummer}. {linje}\n" for nummer, linje in enumerate(t["dpia"]["sporsmal"], start=1))
    yield "\nÅpne spørsmål om reglene selv står i [regelverkene](regelverk.md#dette-må-en-myndighet-avgjøre).\n"
    yield "\n## 5. Rådføring og godkjenning\n\n"
    yield from (f"- {linje}\n" for linje in t["dpia"]["godkjenning"])


def _categories() -> Iterator[str]:
    merket: dict[str, dict[str, list[str]]] = {}
    for tabell in tabeller().values():
        for felt in tabell.felter.values():
            if felt.personopplysning is not None:
                merket.setdefault(felt.personopplysning, {}).setdefault(tabell.navn, []).append(felt.navn)
    rader = []
    for kode, egenskaper in kodeverk("personopplysning").koder.items():
        steder = "; ".join(f"{navn}: {', '.join(felter)}" for navn, felter in merket.get(kode, {}).items())
        if steder:
            rader.append((egenskaper.tekst, "ja" if kode in _special_codes() else "", steder))
    yield from _table(("kategori", "særlig (art. 9)", "felter i kontrakten"), rader)


@cache
def _special_codes() -> frozenset[str]:
    koder = kodeverk("personopplysning").koder
    return frozenset(kode for kode, rad in koder.items() if rad.egenskaper["saerligKategori"])


def _special() -> Mapping[str, str]:
    steder: dict[str, list[str]] = {}
    for tabell in tabeller().values():
        for felt in tabell.felter.values():
            if felt.personopplysning in _special_codes():
                steder.setdefault(str(felt.personopplysning), []).append(f"`{tabell.navn}.{felt.navn}`")
    return {kode: ", ".join(felter) for kode, felter in steder.items()}


def _recipients() -> Iterator[str]:
    rader = []
    for versjon in alle_regelverk():
        kopi = [sti.split(".")[1] for sti, p in versjon.parametre.items() if sti.endswith(".kopiTilFylke") and p.verdi]
        rader.append(
            (
                kodeverk("tiltakskode").tekst(versjon.tiltakskode),
                "kommunen" if versjon.verdi("mottaker.behandlingsansvarlig") == "KOMMUNE" else "Nav-kontoret",
                ", ".join(kopi) or "–",
            )
        )
    yield from _table(("tiltak", "dokumenter om en deltaker går til", "kopi til Nav fylke"), rader)
    yield "\nAndre får ingenting om en deltaker. Tall uten personer går til Nav fylke.\n"


def _periods() -> Iterator[str]:
    yield "\n### Hvor lenge\n\n"
    rader = [
        (
            f"{kodeverk('tiltakskode').tekst(versjon.tiltakskode)} ({versjon.versjon})",
            f"{versjon.heltall('sletting.dager')} dager etter slutten",
            versjon.parametre["sletting.dager"].kilde,
        )
        for versjon in alle_regelverk()
    ]
    yield from _table(("opplysninger om en deltakelse", "siste dag", "kilde"), rader)
    yield "\n"
    oppbevaring = read_yaml(SCHEMAS / "regelverk" / "oppbevaring.yaml")
    dager = [
        (f"`{navn}`", f"{del_['verdi']} dager", del_["grunn"])
        for navn, del_ in oppbevaring.items()
        if navn.endswith("Dager")
    ]
    yield from _table(("driftens egne filer og rader", "lengst", "hvorfor"), dager)


def _access() -> Iterator[str]:
    roller = tilgangsroller()
    rader = [(tekst, ", ".join(roller.may(handling))) for handling, tekst in roller.handlinger.items()]
    yield from _table(("handling", "roller"), rader)


def _table(hoder: Sequence[str], rader: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(hoder)
    yield _row(["---"] * len(hoder))
    yield from (_row(rad) for rad in rader)


def _row(celler: Sequence[str]) -> str:
    return "| " + " | ".join(celle.replace("|", "\\|").replace("\n", " ") for celle in celler) + " |\n"


def main() -> None:
    """Write both pages."""
    PROTOKOLL.write_text(make_protocol(), encoding="utf-8")
    DPIA.write_text(make_dpia(), encoding="utf-8")


if __name__ == "__main__":
    main()
