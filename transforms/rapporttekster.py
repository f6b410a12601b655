"""Which texts of a deltakelse are finished and make a document, and which messages it has to tell (beslutninger 4)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from schemas.regelverk import Regelverk
from transforms.dokument_grunnlag import policy_path
from transforms.forpliktelser import Forpliktelsestype, Nokkel, Regelverkoppslag
from transforms.meldinger import messages
from transforms.poster import Deltakelsespost, Rad, read_dato

FEILREGISTRERT = "FEILREGISTRERT"


@dataclass(frozen=True)
class Rapporttekst:
    """What makes one document (type and number): a finished text row, or the row that holds the fact of a message.

    `ferdigstilt` is the day it was finished, or the fact was there. `plikt` is the duty whose deadline the document
    has, None where nothing is owed.
    """

    dokumenttype: str
    nummer: int | None
    rad: Rad
    ferdigstilt: date
    plikt: Nokkel | None

    @property
    def radnummer(self) -> int | None:
        """The number of the text row: a plan is known by its version, though the duty is one.

        The row is one of a record that `number_texts` has numbered.
        """
        return self.rad["versjon"] if self.dokumenttype == Forpliktelsestype.PLAN else self.nummer


def finished_texts(
    post: Deltakelsespost,
    dato: date,
    rapporterer_fra: date,
    regelverk: Regelverkoppslag,
    meldes_pa_annen_mate: Collection[str] = (),
) -> tuple[Rapporttekst, ...]:
    """The texts that are finished on `dato` and are sent from here, at most one for each document; then the messages.

    A draft (ferdigstilt empty) is never sent, nor is a text finished before the sender reports from here or one that
    Nav already has (tidligereLevert), nor any text of a deltakelse that was registered in error. Of several finished
    plan versions the latest one is the plan. A message is sent only where the policy in force on its own day says so
    (dokument.<type>.sendes), and not when the sender tells Nav in another way (`meldes_pa_annen_mate`).
    """
    if post.deltakelse["status"] == FEILREGISTRERT:
        return ()
    hos_nav = {(rad["dokumenttype"], rad.get("nummer")) for rad in post.rader("tidligereLevert")}
    meldinger = (
        tekst
        for tekst in _messages(post, dato)
        if tekst.ferdigstilt >= rapporterer_fra
        and tekst.dokumenttype not in meldes_pa_annen_mate
        and is_sent(tekst.dokumenttype, regelverk(tekst.ferdigstilt))
    )
    return tuple(
        tekst
        for tekst in (*_all_finished(post, dato), *meldinger)
        if tekst.ferdigstilt >= rapporterer_fra and (tekst.dokumenttype, tekst.nummer) not in hos_nav
    )


def is_sent(dokumenttype: str, regelverk: Regelverk) -> bool:
    """Whether a tiltak has the message: the policy must say so; where it is silent nothing is sent."""
    sti = policy_path(dokumenttype, "sendes")
    return not regelverk.mangler(sti) and bool(regelverk.verdi(sti))


def met_elsewhere(post: Deltakelsespost, dato: date, rapporterer_fra: date) -> frozenset[Nokkel]:
    """The duties whose text was finished before the sender reports from here: met in the old way, never sent by us."""
    return frozenset(
        tekst.plikt for tekst in _all_finished(post, dato) if tekst.plikt and tekst.ferdigstilt < rapporterer_fra
    )


def first_finished(post: Deltakelsespost, dato: date) -> Mapping[Nokkel, date]:
    """The day that the first text of each duty was finished, by `dato`; a later plan version changes nothing."""
    dager = {tekst.plikt: tekst.ferdigstilt for tekst in _all_finished(post, dato) if tekst.plikt}
    planer = [dag for rad in post.rader("plan") if (dag := _is_finished(rad, dato))]
    return {**dager, **({(Forpliktelsestype.PLAN, None): min(planer)} if planer else {})}


def number_vurderinger(post: Deltakelsespost) -> tuple[tuple[int, Rad], ...]:
    """Each vurdering with its number: its own, or its place in time after those that Nav already has."""
    hos_nav = [
        rad.get("nummer") or 0 for rad in post.rader("tidligereLevert") if rad["dokumenttype"] == "PERIODERAPPORT"
    ]
    neste = max(hos_nav, default=0) + 1
    resultat = []
    for rad in sorted(post.rader("vurdering"), key=lambda rad: (str(rad["periodeFra"]), str(rad["periodeTil"]))):
        nummer = int(rad.get("nummer") or neste)
        resultat.append((nummer, rad))
        neste = max(neste, nummer + 1)
    return tuple(resultat)


def number_texts(post: Deltakelsespost) -> Deltakelsespost:
    """The record with each vurdering numbered and each plan version, so that a text is known by its number."""
    planer = sorted(post.rader("plan"), key=lambda rad: str(rad.get("ferdigstilt") or "9999"))
    nummererte = {
        "vurdering": [{**rad, "nummer": nummer} for nummer, rad in number_vurderinger(post)],
        "plan": [{**rad, "versjon": rad.get("versjon") or plass} for plass, rad in enumerate(planer, start=1)],
    }
    return Deltakelsespost({**post.innhold, **{tabell: rader for tabell, rader in nummererte.items() if rader}})


def _all_finished(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    """The texts; a message is none, for the fact that it tells of meets its duty by itself."""
    yield from _plan(post, dato)
    yield from _vurderinger(post, dato)
    yield from _sluttvurdering(post, dato)


def _is_finished(rad: Rad, dato: date) -> date | None:
    ferdigstilt = read_dato(rad, "ferdigstilt")
    return ferdigstilt if ferdigstilt is not None and ferdigstilt <= dato else None


def _plan(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    ferdige = [(dag, rad.get("versjon") or 0, rad) for rad in post.rader("plan") if (dag := _is_finished(rad, dato))]
    if ferdige:
        dag, _, rad = max(ferdige, key=lambda ferdig: ferdig[:2])
        yield _text(Forpliktelsestype.PLAN, None, rad, dag)


def _vurderinger(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    for nummer, rad in number_vurderinger(post):
        if dag := _is_finished(rad, dato):
            yield _text(Forpliktelsestype.PERIODERAPPORT, nummer, rad, dag)


def _sluttvurdering(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    for rad in post.rader("sluttvurdering"):
        if dag := _is_finished(rad, dato):
            yield _text(Forpliktelsestype.SLUTTRAPPORT, None, rad, dag)


def _text(type_: Forpliktelsestype, nummer: int | None, rad: Rad, dag: date) -> Rapporttekst:
    return Rapporttekst(type_.value, nummer, rad, dag, (type_, nummer))


def _messages(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    for melding in messages(post):
        if melding.dag <= dato:
            yield Rapporttekst(melding.dokumenttype, melding.nummer, melding.rad, melding.dag, melding.plikt)
