"""Synthetic arrangører: who they are, how many deltakere they have, and the Nav-enheter they work with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from schemas.koder import kodeverk
from tiltaksflyt.syntetisk import fordelinger, navn
from tiltaksflyt.syntetisk.identiteter import arbeidsgiver_orgnr, arrangor_orgnr
from tiltaksflyt.syntetisk.trekning import draw, happens, trekning
from tiltaksflyt.syntetisk.yrker import YRKER

# One made-up test recipient per fylke, in the order of the map, so that neighbours stand beside each other. The
# numbers begin with 97; deploy/oppsett/mottakere.yaml holds the same ones.
NAVENHETER = (
    ("9756", "56", "TEST Nav Prøvebotn"),
    ("9755", "55", "TEST Nav Testeidet"),
    ("9718", "18", "TEST Nav Eksempelvågen"),
    ("9750", "50", "TEST Nav Prøvedalen"),
    ("9715", "15", "TEST Nav Testsundet"),
    ("9746", "46", "TEST Nav Eksempelfjorden"),
    ("9711", "11", "TEST Nav Prøvejæren"),
    ("9742", "42", "TEST Nav Testheia"),
    ("9740", "40", "TEST Nav Eksempelmarka"),
    ("9739", "39", "TEST Nav Prøvetangen"),
    ("9733", "33", "TEST Nav Testelva"),
    ("9703", "03", "TEST Nav Eksempelbyen"),
    ("9732", "32", "TEST Nav Prøveåsen"),
    ("9731", "31", "TEST Nav Testneset"),
    ("9734", "34", "TEST Nav Eksempelskogen"),
)
# The Nav fylke of each fylke; two fylker share one, as Troms and Finnmark do. The numbers begin with 96.
FYLKESKONTORER = tuple(
    (f"96{fylker[0]}", fylker, "TEST Nav " + " og ".join(kodeverk("fylke").koder[fylke].tekst for fylke in fylker))
    for fylker in (
        *((fylke,) for _, fylke, _ in sorted(NAVENHETER) if fylke not in ("55", "56")),
        ("55", "56"),
    )
)
_FYLKER_MED_VARIG_MAAL = frozenset({"39", "40"})  # 002 L2080-2084
_TYPER = ("Vekst", "Arbeid og Kompetanse", "Industrier", "Kompetanse", "Arbeidsliv", "Produkter")
_ARBEIDSGIVERE_PER_DELTAKER = 0.5
_FLEST_ARBEIDSGIVERE = 500
_AVDELINGER = ("", ", avdeling Nord", ", avdeling Sør", ", avdeling Sentrum")


class UmuligBestilling(ValueError):
    """The numbers or the day asked for cannot be made. The text holds nothing but them."""


@dataclass(frozen=True)
class Arbeidsgiver:
    """An ordinary employer where deltakere try out work. `yrke` indexes the list of occupations.

    `nummer` counts the employers of all arrangører; `orgnr` is that of the workplace, the first one's to begin with.
    """

    nummer: int
    orgnr: str
    navn: str
    sektor: str
    yrke: int

    def workplace(self, rng: Random) -> "Arbeidsgiver":
        """One of the employer's workplaces, each with an organisasjonsnummer of its own."""
        avdeling = rng.randrange(len(_AVDELINGER))
        return replace(self, orgnr=_workplace_orgnr(self.nummer, avdeling), navn=self.navn + _AVDELINGER[avdeling])


def _workplace_orgnr(nummer: int, avdeling: int) -> str:
    return arbeidsgiver_orgnr(nummer * len(_AVDELINGER) + avdeling)


@dataclass(frozen=True)
class Arrangor:
    """One sender. `forste_plass` counts its deltakere among those of all senders, for numbers that must not meet.

    `tegnsett` is the encoding that its export can carry. `andel_ordinaer` is how many of its deltakere come to an
    ordinary virksomhet. `rapporterer_fra` is when it moved to this system; what was finished before it, Nav has.
    """

    nummer: int
    orgnr: str
    navn: str
    fylke: str
    navenheter: tuple[str, ...]
    antall: int
    forste_plass: int
    kildesystem: str = "Syntetisk fagsystem"
    tegnsett: str = "utf-8"
    rapporterer_fra: date | None = None
    andel_ordinaer: float = 0.92
    sommerstengt: bool = False
    regionale_punkter: bool = False
    slettefrist_uker: int | None = None
    etteroppfolging: bool = False

    @property
    def har_varig_maal(self) -> bool:
        """Whether the avtale counts who is still in work after six months."""
        return self.fylke in _FYLKER_MED_VARIG_MAAL

    def arbeidsgivere(self, seed: int) -> tuple[Arbeidsgiver, ...]:
        """The employers this arrangør works with: more than half of them have more than one deltaker (004 L1596)."""
        rng = trekning(seed, "arbeidsgivere", self.nummer)
        antall = min(4 + int(self.antall * _ARBEIDSGIVERE_PER_DELTAKER), _FLEST_ARBEIDSGIVERE)
        return tuple(_arbeidsgiver(rng, self.nummer * _FLEST_ARBEIDSGIVERE + i, i) for i in range(antall))


def _arbeidsgiver(rng: Random, nummer: int, plass: int) -> Arbeidsgiver:
    yrke = plass % len(YRKER) if plass < len(YRKER) else rng.randrange(len(YRKER))
    sted = navn.sted(rng)
    sektor = draw(rng, fordelinger.SEKTOR)
    form = "AS" if sektor == "PRIVAT" else {"KOMMUNAL": "kommune", "STATLIG": "(stat)"}[sektor]
    return Arbeidsgiver(nummer, _workplace_orgnr(nummer, 0), f"{sted} {YRKER[yrke].virksomhet} {form}", sektor, yrke)


def make_arrangorer(seed: int, antall: int, antall_arrangorer: int | None = None) -> Iterator[Arrangor]:
    """Senders who have `antall` deltakere together, sized as the sources count them, scaled to the sum.

    Raises UmuligBestilling when there are fewer deltakere than arrangører, or none.
    """
    n = antall_arrangorer or max(1, round(antall / fordelinger.SNITT_PER_ARRANGOR))
    if not 1 <= n <= antall:
        raise UmuligBestilling(f"{antall} deltakere cannot be shared among {n} arrangører; ask for at least one each")
    forste = 0
    for nummer, storrelse in enumerate(_sizes(seed, antall, n)):
        yield make_arrangor(seed, nummer, storrelse, forste)
        forste += storrelse


def _sizes(seed: int, antall: int, n: int) -> Sequence[int]:
    """Whole sizes of at least 1 that sum to `antall`, in the proportions of the size distribution."""
    onsket = [fordelinger.storrelse((i + 0.5) / n) for i in range(n)]
    trekning(seed, "størrelser").shuffle(onsket)
    fordeles = antall - n
    faktor = fordeles / sum(onsket)
    storrelser = [1 + int(verdi * faktor) for verdi in onsket]
    rekkefolge = sorted(range(n), key=lambda i: -(onsket[i] * faktor % 1))
    for i in rekkefolge[: antall - sum(storrelser)]:
        storrelser[i] += 1
    return storrelser


def make_arrangor(seed: int, nummer: int, antall: int, forste_plass: int, fylke: str | None = None) -> Arrangor:
    """One sender with `antall` deltakere, in a fylke drawn by its number of deltakere unless it is given."""
    rng = trekning(seed, "arrangør", nummer)
    trukket = draw(rng, fordelinger.FYLKER)
    fylke = fylke or trukket
    sted = navn.sted(rng)
    return Arrangor(
        nummer=nummer,
        orgnr=arrangor_orgnr(nummer),
        navn=f"{sted} {rng.choice(_TYPER)} AS",
        fylke=fylke,
        navenheter=nearest_navenheter(fylke),
        antall=antall,
        forste_plass=forste_plass,
        andel_ordinaer=draw(rng, fordelinger.ORDINAER_PRAKSIS),
        sommerstengt=happens(rng, 0.5),
        regionale_punkter=happens(rng, 0.12),
        slettefrist_uker=8 if happens(rng, 0.05) else None,
        etteroppfolging=happens(rng, fordelinger.ANDEL_SYSTEMATISK_ETTEROPPFOLGING),
    )


def nearest_navenheter(fylke: str) -> tuple[str, ...]:
    """The Nav-enhet of the fylke first, then those of its neighbours on the map."""
    sted = next(i for i, (_, kode, _) in enumerate(NAVENHETER) if kode == fylke)
    naboer = (sted, sted - 1, sted + 1, sted - 2)
    return tuple(NAVENHETER[i % len(NAVENHETER)][0] for i in naboer)
