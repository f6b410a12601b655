"""The rules of level DOKUMENT, asked when a document is built: the same predicates, over stored records.

Nothing here changes what became of a drop; a FEIL holds the document (beslutninger 22).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import pandas as pd

from expectations.avvik import deviations
from expectations.grunnlag import build_stored, stored_from
from expectations.kjoring import Kjoring
from expectations.regel import Niva, Regel
from expectations.regelsett import alle_regler
from expectations.sporring import run
from schemas.avvik import Alvorlighet, Avvik
from schemas.oppsett import Avsender
from schemas.regelverk import Regelverk, alle_regelverk
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import number_vurderinger

_TEKSTTABELL: Mapping[str, str] = MappingProxyType(
    {"PLAN": "plan", "PERIODERAPPORT": "vurdering", "SLUTTRAPPORT": "sluttvurdering"}
)
# The rules that hold a document because of where its person lives; it is built, and waits for a person.
ADRESSEREGLER = frozenset({"PII006", "PII012"})


@dataclass(frozen=True)
class Dokumentsak:
    """One document to be built: of which record, which type, which number in its row, from which sender.

    `nummer` is plan.versjon or the number of the perioderapport; None is the latest finished text.
    """

    post: Deltakelsespost
    dokumenttype: str
    nummer: int | None
    avsender: Avsender


def evaluate_document(
    post: Deltakelsespost, dokumenttype: str, nummer: int | None, *, asof: date, avsender: Avsender
) -> tuple[Avvik, ...]:
    """The deviations of one document. `rad` and `post` are None: the record is stored, the file is gone."""
    return evaluate_documents([Dokumentsak(post, dokumenttype, nummer, avsender)], asof=asof)[0]


def evaluate_documents(
    saker: Sequence[Dokumentsak], *, asof: date, regelverk: Sequence[Regelverk] | None = None
) -> tuple[tuple[Avvik, ...], ...]:
    """The deviations of many documents at once, in the order of `saker`; none can see another.

    Raises KontrollFeil when the checks themselves fail.
    """
    poster = enumerate(_with_only_the_text(sak) for sak in saker)
    grunnlag = build_stored([stored_from(sak.avsender) for sak in saker], poster, asof)
    regler = [regel for regel in alle_regler() if regel.niva is Niva.DOKUMENT]
    kjoring = run(grunnlag, regler, alle_regelverk() if regelverk is None else regelverk)
    for regel in regler:
        _keep_own_documents(kjoring, regel, saker)
    return deviations(kjoring)


def is_address_protected(sak: Dokumentsak, *, asof: date, regelverk: Sequence[Regelverk]) -> bool:
    """Whether a document of this person never travels in an ordinary delivery."""
    (avvik,) = evaluate_documents([sak], asof=asof, regelverk=regelverk)
    return any(ett.regelId in ADRESSEREGLER and ett.alvorlighet is Alvorlighet.FEIL for ett in avvik)


def _with_only_the_text(sak: Dokumentsak) -> Deltakelsespost:
    """The record with the one text row that the document is made of, beside all its other rows."""
    tabell = _TEKSTTABELL[sak.dokumenttype]
    return Deltakelsespost({**sak.post.innhold, tabell: _text_rows(sak)})


def _text_rows(sak: Dokumentsak) -> list[Mapping[str, object]]:
    if sak.dokumenttype == "PERIODERAPPORT":
        nummererte = [(nummer, rad) for nummer, rad in number_vurderinger(sak.post) if rad.get("ferdigstilt")]
        passer = [rad for nummer, rad in nummererte if sak.nummer in (None, nummer)]
        return passer[-1:]
    ferdige = [rad for rad in sak.post.rader(_TEKSTTABELL[sak.dokumenttype]) if rad.get("ferdigstilt")]
    if sak.dokumenttype == "PLAN":
        ferdige = [rad for rad in ferdige if sak.nummer in (None, rad.get("versjon"))]
        ferdige.sort(key=lambda rad: (str(rad["ferdigstilt"]), rad.get("versjon") or 0))
    return ferdige[-1:]


def _keep_own_documents(kjoring: Kjoring, regel: Regel, saker: Sequence[Dokumentsak]) -> None:
    """A rule speaks only of the document types it names."""
    gjelder = [sak.dokumenttype in regel.dokumenttyper for sak in saker]
    for nummer, sted in enumerate(regel.steder):
        maske = kjoring.masker.get((regel.regel, nummer))
        if maske is not None:
            innsendinger = kjoring.grunnlag.rammer[sted.tabell]["_innsending"].to_numpy()
            maske &= pd.Series(gjelder, dtype=bool).to_numpy()[innsendinger]
