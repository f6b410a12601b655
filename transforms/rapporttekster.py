"""Which texts of a deltakelse are finished and make a document (beslutninger 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from transforms.forpliktelser import Forpliktelsestype, Nokkel
from transforms.poster import Deltakelsespost, Rad, read_dato

FEILREGISTRERT = "FEILREGISTRERT"


@dataclass(frozen=True)
class Rapporttekst:
    """A finished text row: the document it makes (type and number) and the day it was finished."""

    type: Forpliktelsestype
    nummer: int | None
    rad: Rad
    ferdigstilt: date

    @property
    def nokkel(self) -> Nokkel:
        """The duty it meets."""
        return self.type, self.nummer

    @property
    def radnummer(self) -> int | None:
        """The number of the text row: a plan is known by its version, though the duty is one.

        The row is one of a record that `number_texts` has numbered.
        """
        return self.rad["versjon"] if self.type is Forpliktelsestype.PLAN else self.nummer


def finished_texts(post: Deltakelsespost, dato: date, rapporterer_fra: date) -> tuple[Rapporttekst, ...]:
    """The texts that are finished on `dato` and are sent from here, at most one for each document.

    A draft (ferdigstilt empty) is never sent, nor is a text finished before the sender reports from here or one that
    Nav already has (tidligereLevert), nor any text of a deltakelse that was registered in error. Of several finished
    plan versions the latest one is the plan.
    """
    if post.deltakelse["status"] == FEILREGISTRERT:
        return ()
    hos_nav = {(rad["dokumenttype"], rad.get("nummer")) for rad in post.rader("tidligereLevert")}
    return tuple(
        tekst
        for tekst in _all_finished(post, dato)
        if tekst.ferdigstilt >= rapporterer_fra and (tekst.type.value, tekst.nummer) not in hos_nav
    )


def met_elsewhere(post: Deltakelsespost, dato: date, rapporterer_fra: date) -> frozenset[Nokkel]:
    """The duties whose text was finished before the sender reports from here: met in the old way, never sent by us."""
    return frozenset(tekst.nokkel for tekst in _all_finished(post, dato) if tekst.ferdigstilt < rapporterer_fra)


def first_finished(post: Deltakelsespost, dato: date) -> Mapping[Nokkel, date]:
    """The day that the first text of each duty was finished, by `dato`; a later plan version changes nothing."""
    dager = {tekst.nokkel: tekst.ferdigstilt for tekst in _all_finished(post, dato)}
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
        yield Rapporttekst(Forpliktelsestype.PLAN, None, rad, dag)


def _vurderinger(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    for nummer, rad in number_vurderinger(post):
        if dag := _is_finished(rad, dato):
            yield Rapporttekst(Forpliktelsestype.PERIODERAPPORT, nummer, rad, dag)


def _sluttvurdering(post: Deltakelsespost, dato: date) -> Iterator[Rapporttekst]:
    for rad in post.rader("sluttvurdering"):
        if dag := _is_finished(rad, dato):
            yield Rapporttekst(Forpliktelsestype.SLUTTRAPPORT, None, rad, dag)
