"""The rules of level FRIST, asked every day: the same predicates, over what is accepted and what is owed.

They read how each duty stands and what became of each document; they recompute neither (beslutninger 17).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from expectations.avvik import deviations
from expectations.grunnlag import Grunnlag, build_stored, stored_from
from expectations.historikk import Historikk, Levert
from expectations.rammer import text_frame, to_tekst
from expectations.regel import Niva, Regel
from expectations.regelsett import alle_regler
from expectations.sporring import run
from expectations.tabeller import DOKUMENT, ETTERSPURT, FORPLIKTELSE, HOLDT, INNSENDING, Ramme
from schemas.avvik import Avvik
from schemas.oppsett import Avsender
from schemas.regelverk import Regelverk, alle_regelverk
from schemas.teksttype import TEKSTTYPE
from transforms.forpliktelser import Forpliktelse
from transforms.poster import Deltakelsespost, Rad

_FORPLIKTELSESFELTER = ("deltakelseId", "type", "n", "frist", "status")
_ETTERSPURTFELTER = ("samtykkeId", "fra", "til", "svart")
_DOKUMENTFELTER = ("deltakelseId", "dokumenttype", "nummer", "versjon", "status", "sendt", "svar", "svart")


@dataclass(frozen=True)
class Fristsak:
    """One deltakelse as it stands: its record, what is owed for it, its documents, and whether a rule holds it."""

    post: Deltakelsespost
    plikter: tuple[Forpliktelse, ...]
    leverte: tuple[Levert, ...] = ()
    holdt: bool = False


@dataclass(frozen=True)
class Etterspurt:
    """A consent whose avtale asks for the result after the end: the days an answer counts, and whether there is one.

    `til` is never later than the consent's own last day. The deltakelse is as a rule erased by then.
    """

    samtykke_id: str = field(repr=False)
    fra: date
    til: date
    svart: bool


@dataclass(frozen=True)
class Fristgrunnlag:
    """Everything of one sender that the daily rules read. `sist_mottatt` is None when no drop was ever accepted."""

    avsender: Avsender
    saker: tuple[Fristsak, ...]
    sist_mottatt: date | None = None
    etterspurte: tuple[Etterspurt, ...] = ()


def evaluate_deadlines(
    grunnlag: Sequence[Fristgrunnlag],
    *,
    asof: date,
    regler: Sequence[Regel] | None = None,
    regelverk: Sequence[Regelverk] | None = None,
) -> tuple[tuple[Avvik, ...], ...]:
    """What each sender is told about time on `asof`, in the order of `grunnlag`; none can see another.

    `rad` and `post` are None: the records are stored, and the file they came from is gone. Raises KontrollFeil when
    the checks themselves fail.
    """
    spurte = [regel for regel in (alle_regler() if regler is None else regler) if regel.niva is Niva.FRIST]
    kjoring = run(_basis(grunnlag, asof), spurte, alle_regelverk() if regelverk is None else regelverk)
    return deviations(kjoring)


def _basis(grunnlag: Sequence[Fristgrunnlag], asof: date) -> Grunnlag:
    innsendte = [stored_from(ett.avsender, Historikk(sist_mottatt=ett.sist_mottatt)) for ett in grunnlag]
    tillegg = {
        FORPLIKTELSE: _frame(_FORPLIKTELSESFELTER, _duties(grunnlag)),
        DOKUMENT: _frame(_DOKUMENTFELTER, _documents(grunnlag)),
        HOLDT: _frame(("deltakelseId",), _held(grunnlag)),
        ETTERSPURT: _frame(_ETTERSPURTFELTER, _asked(grunnlag)),
        "samtykke": _consents(grunnlag),
    }
    return build_stored(innsendte, _posts(grunnlag), asof, tillegg)


def _posts(grunnlag: Sequence[Fristgrunnlag]) -> Iterator[tuple[int, Deltakelsespost]]:
    for nummer, ett in enumerate(grunnlag):
        yield from ((nummer, sak.post) for sak in ett.saker)


def _frame(felter: Sequence[str], rader: Iterable[tuple[int, Sequence[object]]]) -> Ramme:
    liste = list(rader)
    ramme = pd.DataFrame(
        [[to_tekst(celle) for celle in celler] for _, celler in liste], columns=felter, dtype=TEKSTTYPE
    )
    ramme[INNSENDING] = pd.Series([nummer for nummer, _ in liste], dtype="int64")
    return ramme


def _duties(grunnlag: Sequence[Fristgrunnlag]) -> Iterator[tuple[int, Sequence[object]]]:
    for nummer, ett in enumerate(grunnlag):
        for plikt in (plikt for sak in ett.saker for plikt in sak.plikter):
            yield nummer, (plikt.deltakelse_id, plikt.type, plikt.n, plikt.frist, plikt.status)


def _documents(grunnlag: Sequence[Fristgrunnlag]) -> Iterator[tuple[int, Sequence[object]]]:
    for nummer, ett in enumerate(grunnlag):
        for rad in (rad for sak in ett.saker for rad in sak.leverte):
            hva = (rad.deltakelse_id, rad.dokumenttype, rad.nummer, rad.versjon)
            yield nummer, (*hva, rad.status, rad.sendt, rad.svar, rad.svart)


def _held(grunnlag: Sequence[Fristgrunnlag]) -> Iterator[tuple[int, Sequence[object]]]:
    for nummer, ett in enumerate(grunnlag):
        yield from ((nummer, (sak.post.deltakelse["deltakelseId"],)) for sak in ett.saker if sak.holdt)


def _asked(grunnlag: Sequence[Fristgrunnlag]) -> Iterator[tuple[int, Sequence[object]]]:
    for nummer, ett in enumerate(grunnlag):
        yield from ((nummer, (spurt.samtykke_id, spurt.fra, spurt.til, spurt.svart)) for spurt in ett.etterspurte)


def _consents(grunnlag: Sequence[Fristgrunnlag]) -> Ramme:
    """The consents of the records, and those that are left when their deltakelse is erased: these by their id alone."""
    rader: list[tuple[int, Rad]] = []
    for nummer, ett in enumerate(grunnlag):
        egne = {rad["samtykkeId"]: rad for sak in ett.saker for rad in sak.post.rader("samtykke")}
        uten_deltakelse: dict[str, Rad] = {s.samtykke_id: {"samtykkeId": s.samtykke_id} for s in ett.etterspurte}
        rader += ((nummer, rad) for rad in (uten_deltakelse | egne).values())
    return text_frame("samtykke", [rad for _, rad in rader], [nummer for nummer, _ in rader])
