"""The page that a sender may read, made from the rules: `python -m expectations.regelside` writes docs/regler.md."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from expectations.regel import Regel
from expectations.regelsett import alle_regler

SIDE = Path(__file__).parents[1] / "docs" / "regler.md"
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
    "SAM": "Samtykke",
    "SLE": "Sletting",
    "TVE": "På tvers av rader",
    "PII": "Personopplysninger på feil sted",
}
_INNLEDNING = """# Reglene en innsending kontrolleres mot

Denne siden lages av reglene selv (`python -m expectations.regelside`). En regel er data i `expectations/regler/`,
med et navngitt predikat i `expectations/predikater/`; tilfellene som viser den, står i `tests/regler/`. Hele
katalogen, også de reglene som spør ved andre tidspunkter, er `expectations/katalog.csv`.

- **AVVIST_FIL**: ingenting i filen brukes.
- **FEIL**: raden brukes ikke, og deltakelsen holdes til den er rettet. På nivå DOKUMENT holdes bare dokumentet.
- **ADVARSEL**: alt går videre, og avsenderen får vite det.
- **INFO**: til orientering.
"""


def make_page(regler: Sequence[Regel]) -> str:
    """The page as text."""
    return _INNLEDNING + "".join(_groups(regler))


def _groups(regler: Sequence[Regel]) -> Iterator[str]:
    for gruppe, tittel in _GRUPPER.items():
        egne = sorted((regel for regel in regler if regel.regel.startswith(gruppe)), key=lambda regel: regel.regel)
        if egne:
            yield f"\n## {gruppe}: {tittel}\n\n| regel | alvorlighet | nivå | melding | tiltak | kilde |\n"
            yield "| --- | --- | --- | --- | --- | --- |\n"
            yield from (_row(regel) for regel in egne)


def _row(regel: Regel) -> str:
    celler = (
        regel.regel,
        regel.alvorlighet.value,
        regel.niva.name,
        regel.melding,
        regel.tiltak,
        f"{regel.kilde} ({regel.styrke})",
    )
    return "| " + " | ".join(celle.replace("|", "\\|") for celle in celler) + " |\n"


def main() -> None:
    """Write the page."""
    SIDE.write_text(make_page(alle_regler()), encoding="utf-8")


if __name__ == "__main__":
    main()
