"""From a drop to a verdict: the masks decide (ADR 0006).

FEIL holds the deltakelse: in its own row, in a child row, or in the person's row, and then all that person's. FEIL in
a table that stands for itself (plass, avtale, samtykke …) only leaves that row out. AVVIST_FIL refuses the drop. A
deviation of level DOKUMENT holds back a document, never a row (beslutninger 22).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.avvik import deviations
from expectations.grunnlag import INDEKS, Grunnlag, Innsendt, build
from expectations.historikk import TOM, Historikk
from expectations.kjoring import Kjoring
from expectations.regel import Niva, Regel
from expectations.regelsett import regler_etter_id, regler_for_innsending
from expectations.sporring import run
from expectations.tabeller import INNSENDING, Ramme
from expectations.utfall import Deltakelsesutfall, Utfall
from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from schemas.oppsett import Avsender, Mottaker
from schemas.regelverk import Regelverk, alle_regelverk


@dataclass(frozen=True)
class Kontroll:
    """The verdict on one drop.

    `avvik` holds every deviation, sorted by table and row; those of level DOKUMENT are among them and counted in
    neither `status` nor the outcomes (`dokumentavvik` tells them apart). `forkastede`: rows of the dropped frames, by
    table and index, that are not used. `nav_enheter`: the office found for a deltaker row that named it in words.
    `slett_straks`: the drop holds a person who may not be in it, and the dropped file is erased at once.
    """

    avvik: tuple[Avvik, ...]
    utfall: tuple[Deltakelsesutfall, ...]
    status: Innsendingsstatus
    avvist: bool
    forkastede: Mapping[str, frozenset[int]]
    nav_enheter: Mapping[int, str]
    slett_straks: bool
    asof: date

    @property
    def godtatte(self) -> tuple[Deltakelsesutfall, ...]:
        """The accepted deltakelser."""
        return tuple(utfall for utfall in self.utfall if utfall.er_godtatt and not self.avvist)

    @property
    def holdte(self) -> tuple[Deltakelsesutfall, ...]:
        """The held deltakelser."""
        return tuple(utfall for utfall in self.utfall if not utfall.er_godtatt and not self.avvist)

    @property
    def dokumentavvik(self) -> tuple[Avvik, ...]:
        """The deviations that hold back a document and no row."""
        return tuple(avvik for avvik in self.avvik if niva(avvik.regelId) is Niva.DOKUMENT)


def niva(regel_id: str) -> Niva:
    """The level of a rule. Raises KeyError for an id that is not among the rules."""
    return regler_etter_id()[regel_id].niva


def evaluate(
    tabeller: Mapping[str, Ramme],
    problemer: Ramme,
    hode: Mapping[str, str],
    *,
    asof: date,
    avsender: Avsender,
    mottakere: Mapping[str, Mottaker],
    historikk: Historikk = TOM,
) -> Kontroll:
    """The verdict on one drop, on `asof`, the day of its arrival in Oslo.

    `tabeller`, `problemer` and `hode` are intake's. Raises KontrollFeil when the checks themselves fail.
    """
    innsendt = Innsendt(tabeller, problemer, hode, avsender, historikk)
    return evaluate_chunk([innsendt], asof=asof, mottakere=mottakere)[0][0]


def evaluate_chunk(
    innsendte: Sequence[Innsendt],
    *,
    asof: date,
    mottakere: Mapping[str, Mottaker],
    regler: Sequence[Regel] | None = None,
    regelverk: Sequence[Regelverk] | None = None,
) -> tuple[tuple[Kontroll, ...], Kjoring]:
    """The verdict on each drop of a chunk, none of which can see another, and the run that gx.record records."""
    grunnlag = build(innsendte, asof, mottakere)
    kjoring = run(
        grunnlag,
        regler_for_innsending() if regler is None else regler,
        alle_regelverk() if regelverk is None else regelverk,
    )
    return tuple(_verdicts(kjoring)), kjoring


def _verdicts(kjoring: Kjoring) -> Iterable[Kontroll]:
    grunnlag = kjoring.grunnlag
    avvik = deviations(kjoring)
    utfall = Utfall(kjoring)
    deltakelser = utfall.outcomes()
    dokumentregler = {regel.regel for regel in kjoring.regler if regel.niva is Niva.DOKUMENT}
    for nummer in range(len(grunnlag.innsendte)):
        egne = avvik[nummer]
        alvorligheter = {a.alvorlighet for a in egne if a.regelId not in dokumentregler}
        avvist = Alvorlighet.AVVIST_FIL in alvorligheter
        yield Kontroll(
            avvik=egne,
            utfall=deltakelser[nummer],
            status=_status(alvorligheter),
            avvist=avvist,
            forkastede=utfall.forkastede(nummer),
            nav_enheter=_offices(grunnlag, nummer),
            slett_straks=nummer in utfall.slett_straks,
            asof=grunnlag.asof,
        )


def _status(alvorligheter: set[Alvorlighet]) -> Innsendingsstatus:
    for alvorlighet, status in (
        (Alvorlighet.AVVIST_FIL, Innsendingsstatus.AVVIST),
        (Alvorlighet.FEIL, Innsendingsstatus.DELVIS_HOLDT),
        (Alvorlighet.ADVARSEL, Innsendingsstatus.GODTATT_MED_ADVARSEL),
    ):
        if alvorlighet in alvorligheter:
            return status
    return Innsendingsstatus.GODTATT


def _offices(grunnlag: Grunnlag, nummer: int) -> Mapping[int, str]:
    deltaker = grunnlag.rammer["deltaker"]
    return {
        int(deltaker[INDEKS].iloc[posisjon]): enhet
        for posisjon, enhet in grunnlag.nav_enheter_slatt_opp.items()
        if deltaker[INNSENDING].iloc[posisjon] == nummer
    }
