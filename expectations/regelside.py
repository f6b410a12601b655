"""The page that a sender may read, made from the rules: `python -m expectations.regelside` writes docs/regler.md."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from expectations.regel import Regel
from expectations.regelsett import alle_regler
from schemas.loader import SCHEMAS, read_yaml

SIDE = Path(__file__).parents[1] / "docs" / "regler.md"
PORTREGLER = SCHEMAS / "profiler" / "portregler.yaml"
_GRUPPER = {
    "FIL": "Filen",
    "SKJ": "Form og påkrevde felter",
    "IDE": "Numre og id-er",
    "KOD": "Koder",
    "DAT": "Datoer",
    "OMF": "Omfang",
    "PLA": "Plan",
    "PER": "Perioderapport",
    "SLU": "Sluttrapport",
    "AKT": "Aktiviteter og utprøving",
    "OPF": "Oppfølging, møter og fravær",
    "VAR": "Varighet og forlengelse",
    "ARB": "Arbeid og utdanning underveis",
    "FRI": "Frister",
    "SAM": "Samtykke",
    "SLE": "Sletting",
    "KAP": "Plasser og bemanning",
    "AVT": "Avtaler og arbeidstrening",
    "SET": "Supported Employment og kvalifiseringsprogrammet",
    "TVE": "På tvers av rader",
    "PII": "Personopplysninger på feil sted",
}
_INNLEDNING = """# Reglene en innsending kontrolleres mot

Denne siden lages av reglene selv (`python -m expectations.regelside`). En regel er data i `expectations/regler/`,
med et navngitt predikat i `expectations/predikater/`; tilfellene som viser den, står i `tests/regler/`. Reglene på
nivå FRIST spør hver dag, også når det ikke kommer noe. De på nivå DØREN gjelder filen som helhet og står i
`schemas/profiler/portregler.yaml`. Hele katalogen, også de reglene som
spør ved andre tidspunkter, er `expectations/katalog.csv`.

- **AVVIST_FIL**: ingenting i filen brukes.
- **FEIL**: raden brukes ikke, og deltakelsen holdes til den er rettet. På nivå DOKUMENT holdes bare dokumentet.
- **ADVARSEL**: alt går videre, og avsenderen får vite det.
- **INFO**: til orientering.
"""


Siderad = tuple[str, str, str, str, str, str]


def make_page(regler: Sequence[Regel]) -> str:
    """The page as text: the rules of the columns and rows, and those of the door."""
    rader = sorted((*(_rule(regel) for regel in regler), *_rules_of_the_door()))
    return _INNLEDNING + "".join(_groups(rader))


def _rule(regel: Regel) -> Siderad:
    kilde = f"{regel.kilde} ({regel.styrke})"
    return regel.regel, regel.alvorlighet.value, regel.niva.name, regel.melding, regel.tiltak, kilde


def _rules_of_the_door() -> Iterator[Siderad]:
    for rad in read_yaml(PORTREGLER):
        yield rad["regelId"], rad["alvorlighet"], "DØREN", rad["melding"], rad["tiltak"], rad["kilde"]


def _groups(rader: Sequence[Siderad]) -> Iterator[str]:
    for gruppe, tittel in _GRUPPER.items():
        egne = [rad for rad in rader if rad[0].startswith(gruppe)]
        if egne:
            yield f"\n## {gruppe}: {tittel}\n\n| regel | alvorlighet | nivå | melding | tiltak | kilde |\n"
            yield "| --- | --- | --- | --- | --- | --- |\n"
            yield from (_line(rad) for rad in egne)


def _line(rad: Siderad) -> str:
    """One rule, with an anchor of its id for whoever links to it."""
    celler = [f'<a id="{rad[0]}"></a>{rad[0]}', *(celle.replace("|", "\\|") for celle in rad[1:])]
    return "| " + " | ".join(celler) + " |\n"


def main() -> None:
    """Write the page."""
    SIDE.write_text(make_page(alle_regler()), encoding="utf-8")


if __name__ == "__main__":
    main()
