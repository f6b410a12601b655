"""Releases for the tests of the statistics: a made-up country, drawn in the proportions of the sources."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random

from schemas.koder import kodeverk
from schemas.statistikk import Telling, statistikkregler
from transforms.kvartal import Kvartal
from transforms.statistikk import Celle, Forbehold, Utgivelse, publish
from transforms.tiltaksbilde import Arrangor

AFT, AVKLARING = "ARBEIDSFORBEREDENDE_TRENING", "AVKLARING"
KVARTAL = Kvartal(2026, 3)
FORSTE = Kvartal(2024, 4)
REGLER = statistikkregler(KVARTAL.siste_dag)
_ANDEL_ALDRI, _ANDEL_ARBEID, _ANDEL_UTDANNING, _ANDEL_FAST, _ANDEL_I_TIDE = 0.08, 0.36, 0.11, 0.5, 0.9


def _one(rng: Random, varig: bool) -> Iterator[Telling]:
    """What one of the ended adds."""
    yield Telling.AVSLUTTET
    yield Telling.SLUTTRAPPORT_SKYLDT
    if rng.random() < _ANDEL_I_TIDE:
        yield Telling.SLUTTRAPPORT_I_TIDE
    if rng.random() < _ANDEL_ALDRI:
        yield Telling.ALDRI_MOTT
        return
    yield Telling.PLAN_SKYLDT
    if rng.random() < _ANDEL_I_TIDE:
        yield Telling.PLAN_I_TIDE
    resultat = rng.random()
    if resultat < _ANDEL_ARBEID:
        yield Telling.ARBEID
        if rng.random() < _ANDEL_FAST:
            yield Telling.ARBEID_FAST
        if varig and rng.random() < _ANDEL_FAST:
            yield Telling.VARIG_SVART
            if rng.random() < _ANDEL_I_TIDE:
                yield Telling.VARIG_I_ARBEID
    elif resultat < _ANDEL_ARBEID + _ANDEL_UTDANNING:
        yield Telling.UTDANNING


@cache
def country(*, varig: bool = False) -> tuple[tuple[Celle, ...], dict[str, Arrangor]]:
    """Two years of two tiltak: forty arrangører, a few of them large, most of them small."""
    rng = Random(4)  # noqa: S311  not for secrets
    fylker = list(kodeverk("fylke").koder)
    arrangorer, celler = {}, []
    for nummer in range(40):
        orgnr = f"{300_000_000 + nummer}"
        arrangorer[orgnr] = Arrangor(f"Eksempel {nummer} <Vekst> & Co AS", FORSTE.forste_dag)
        storrelse = rng.choice((1, 2, 3, 5, 8, 12, 30))
        for tiltakskode, del_ in ((AFT, 1), (AVKLARING, 4)):
            fylke = fylker[min(nummer // 3, len(fylker) - 1)]
            for kvartal in KVARTAL.back(8):
                antall = Counter(t for _ in range(rng.randint(0, 2 * storrelse // del_)) for t in _one(rng, varig))
                celler += [Celle(orgnr, fylke, tiltakskode, kvartal, t, n) for t, n in antall.items()]
    return tuple(celler), arrangorer


def release(*forbehold: Forbehold, varig: bool = False, er_test: bool = True) -> Utgivelse:
    """What is published of it."""
    celler, arrangorer = country(varig=varig)
    return publish(
        celler, KVARTAL, REGLER, arrangorer=arrangorer, delt_fra=FORSTE, forbehold=forbehold, er_test=er_test
    )


def releases() -> dict[str, Utgivelse]:
    """Every kind of release, by name."""
    return {
        "endelig": release(er_test=False),
        "varig": release(varig=True),
        "forelopig": release(Forbehold.IKKE_FROSSET, Forbehold.PERIODEN_ER_IKKE_DEKKET),
        "ingen": publish((), KVARTAL, REGLER, arrangorer={}, delt_fra=FORSTE, forbehold=(), er_test=True),
        "alt skjermet": publish(
            [Celle("300000000", "03", AFT, KVARTAL, Telling.AVSLUTTET, 4)],
            KVARTAL,
            REGLER,
            arrangorer={},
            delt_fra=FORSTE,
            forbehold=(),
            er_test=True,
        ),
    }
