"""The words of the statistics, read from schemas/statistikktekster/: above all the label of each figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.loader import SCHEMAS, load
from transforms.dokument_tekster import tall, tekster
from transforms.statistikk import Utgivelse
from transforms.tiltaksbilde import Figur

MAALFORM = "nb"
OMTRENT, PROSENT = "omtrent", "prosent"


@dataclass(frozen=True)
class Etikett:
    """What a figure is, of whom it is a count or a share, and its unit."""

    navn: str
    nevner: str
    enhet: str


@dataclass(frozen=True)
class Statistikktekster:
    """Every word of the statistics."""

    figurer: Mapping[str, Etikett]
    nivaer: Mapping[str, str]
    status: Mapping[str, str]
    forbehold: Mapping[str, str]
    skjermet: Mapping[str, str]
    ord: Mapping[str, str]
    forklaringer: tuple[str, ...]

    def label(self, navn: str) -> str:
        """The whole label of a figure: what it is, and of whom."""
        etikett = self.figurer[navn]
        return self.ord["etikett"].format(navn=etikett.navn, nevner=etikett.nevner)

    def value(self, figur: Figur) -> str:
        """A figure as it is read on the page."""
        if figur.verdi is None:
            return self.skjermet["kort"]
        enhet = self.figurer[figur.navn].enhet
        if enhet == OMTRENT:
            return self.ord["omtrent"].format(verdi=tall(figur.verdi))
        if enhet == PROSENT:
            return f"{decimal(figur.verdi)} %"
        return f"{figur.verdi:,}".replace(",", "\N{NO-BREAK SPACE}")

    def period(self, utgivelse: Utgivelse) -> str:
        """The period in words."""
        return self.ord["periode"].format(
            kvartaler=utgivelse.regler.periode_kvartaler,
            nummer=utgivelse.kvartal.nummer,
            aar=utgivelse.kvartal.aar,
            fra=tekster(MAALFORM).dato(utgivelse.fra),
            til=tekster(MAALFORM).dato(utgivelse.til),
        )

    def why_hidden(self, utgivelse: Utgivelse) -> str:
        """Why a figure is hidden; the same for each, since which of the reasons it is would tell something."""
        return self.skjermet["hvorfor"].format(minGruppe=utgivelse.regler.min_gruppe)


def decimal(prosent: float) -> str:
    """A share with its one decimal, so that shares line up."""
    return f"{prosent:.1f}".replace(".", ",")


@cache
def statistikktekster() -> Statistikktekster:
    """The words in bokmål. Raises UgyldigFil when the file is missing or breaks its schema."""
    innhold = load(SCHEMAS / "statistikktekster" / f"{MAALFORM}.yaml", "statistikktekster")
    return Statistikktekster(
        figurer={navn: Etikett(**etikett) for navn, etikett in innhold["figurer"].items()},
        nivaer=innhold["nivaer"],
        status=innhold["status"],
        forbehold=innhold["forbehold"],
        skjermet=innhold["skjermet"],
        ord=innhold["ord"],
        forklaringer=tuple(innhold["forklaringer"]),
    )
