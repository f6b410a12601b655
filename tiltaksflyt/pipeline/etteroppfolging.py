"""What a drop says of the time after the end: whom the avtale asks about, and the answers given under a samtykke.

Both lie sealed with the consent and go with it, so an answer gets in also when the deltakelse is erased (ADR 29).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from expectations.fristkontroll import Etterspurt
from tiltaksflyt.ledger import Samtykkerad, Statistikkbidrag
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.statistikk import fylke_by_enhet
from tiltaksflyt.pipeline.vurdering import Vurdering
from transforms.etteroppfolging import Svarvindu, answer_that_counts, answer_window, counts_of, is_asked
from transforms.forpliktelser import policy_of
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost, Rad
from transforms.statistikk_bidrag import fylke_of

_SVAR = ("dato", "iArbeid")
_INGENTING: Mapping[str, Any] = {"samtykkeId": None, "fylke": None, **dict.fromkeys(_SVAR)}


def take_in(orgnr: str, vurdering: Vurdering, refs: Sequence[str], *, omgivelser: Omgivelser, dato: date) -> None:
    """Seal what an accepted drop says with the stored consents, in the caller's transaction.

    `refs` are our ids of `vurdering.poster`, in their order, and they and their consents are stored already. Kept is
    the one answer that counts, its day and whether the person is in work; what no avtale asks for is not kept. A row
    that the drop leaves out takes nothing away.
    """
    spurt = dict(_asked(vurdering, refs, omgivelser, dato))
    svar: dict[str, list[Rad]] = defaultdict(list)
    for rad in vurdering.samtykker.svar:
        svar[rad["samtykkeId"]].append(rad)
    if not spurt and not svar:
        return
    lagrede = omgivelser.ledger.samtykker.find(orgnr, spurt.keys() | svar.keys())
    nye = {
        id_: _fields({**innhold, **spurt.get(id_, {})}, svar.get(id_, ()), omgivelser)
        for id_, innhold in lagrede.items()
    }
    endret = {
        id_: felter for id_, felter in nye.items() if any(lagrede[id_].get(felt) != felter[felt] for felt in felter)
    }
    if endret:
        omgivelser.ledger.etteroppfolginger.seal_in(orgnr, endret, dato)


def _asked(
    vurdering: Vurdering, refs: Sequence[str], omgivelser: Omgivelser, dato: date
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each consent of the accepted deltakelser, with the fylke that asks about it; None where nobody does.

    The records are read as they now stand: a drop of changes need not have the sluttvurdering again.
    """
    med_samtykke = [ref for ref, post in zip(refs, vurdering.poster, strict=True) if post.get("samtykke")]
    fylker = fylke_by_enhet(omgivelser)
    for innhold in omgivelser.ledger.deltakelser.read_many(med_samtykke).values():
        post = Deltakelsespost(innhold)
        spurt = is_asked(post, policy_of(post.deltakelse["tiltakskode"], omgivelser.oppsett.regelverk), dato)
        fylke = fylke_of(post, fylker) if spurt else None
        for rad in post.rader("samtykke"):
            yield rad["samtykkeId"], {"samtykkeId": rad["samtykkeId"] if spurt else None, "fylke": fylke}


def _fields(innhold: Mapping[str, Any], rader: Sequence[Rad], omgivelser: Omgivelser) -> Mapping[str, Any]:
    """What is to be sealed of one consent: a stored answer stands while the drop has no other and it still counts."""
    if innhold.get("fylke") is None:
        return _INGENTING
    vindu = _window(innhold, omgivelser)
    if vindu is None:
        return _INGENTING
    svar = answer_that_counts(rader, vindu) or answer_that_counts([innhold], vindu) or {}
    return {"samtykkeId": innhold["samtykkeId"], "fylke": innhold["fylke"], **{felt: svar.get(felt) for felt in _SVAR}}


def _window(innhold: Mapping[str, Any], omgivelser: Omgivelser) -> Svarvindu | None:
    """When a consent is asked under; None where nobody asks, or it does not reach the day."""
    slutt = date.fromisoformat(innhold["sluttDato"])
    vindu = answer_window(slutt, policy_of(innhold["tiltakskode"], omgivelser.oppsett.regelverk)(slutt))
    return vindu if vindu is not None and date.fromisoformat(innhold["gyldigTil"]) >= vindu.dag else None


def asked_under_consent(orgnr: str, omgivelser: Omgivelser, dato: date) -> Iterator[Etterspurt]:
    """The consents of a sender under which an avtale asks and an answer can still be given; no deltakelse is read."""
    for rad, innhold, vindu in _asking(orgnr, omgivelser):
        til = min(vindu.til, rad.siste_dag)
        if til >= dato and rad.trukket is None:
            yield Etterspurt(innhold["samtykkeId"], vindu.fra, til, svart="iArbeid" in innhold)


def count_answers(orgnr: str, omgivelser: Omgivelser, dato: date) -> int:
    """Count each consent of a sender whose answer can no longer come, and take the answer out of it; how many.

    Before any consent is erased: what its key opened cannot be counted afterwards.
    """
    antall = 0
    for rad, innhold, vindu in list(_asking(orgnr, omgivelser)):
        if rad.trukket is None and dato <= min(vindu.til, rad.siste_dag):
            continue
        tellinger = counts_of(innhold, rad.siste_dag, rad.trukket, vindu)
        kvartal = Kvartal.of(date.fromisoformat(innhold["sluttDato"]))
        bidrag = Statistikkbidrag(innhold["fylke"], innhold["tiltakskode"], kvartal.aar, kvartal.nummer, tellinger)
        antall += omgivelser.ledger.etteroppfolginger.count(
            rad.samtykke_ref, bidrag if tellinger else None, dato=dato, uten=_INGENTING.keys()
        )
    return antall


def _asking(orgnr: str, omgivelser: Omgivelser) -> Iterator[tuple[Samtykkerad, Mapping[str, Any], Svarvindu]]:
    """The consents of a sender that an avtale asks under and that are not counted, each with what is sealed."""
    for rad, innhold in omgivelser.ledger.etteroppfolginger.each(orgnr):
        if innhold.get("fylke") is not None and (vindu := _window(innhold, omgivelser)) is not None:
            yield rad, innhold, vindu
