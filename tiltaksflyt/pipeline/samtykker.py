"""The consent store from the steps' side: what a drop says of consents, what is known of them, and their end.

A consent lives on when its deltakelse is erased, found by the keyed fingerprint of the sender's samtykkeId (ADR 28).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from schemas.kontrakt import tabeller
from tiltaksflyt.intake import Lesing
from tiltaksflyt.ledger import KONTAKTFELTER, Samtykke, Statuskode
from tiltaksflyt.pipeline.etteroppfolging import count_answers
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.sletting import MOTTATT, answered_raw_drops, forget_deleted_objects, remove_raw_drops
from tiltaksflyt.pipeline.vurdering import Vurdering
from tiltaksflyt.retention.forankring import anchor_chain
from tiltaksflyt.storage import nokler
from transforms.poster import Deltakelsespost, Rad, read_dato
from transforms.sletting import clock_start, last_day_of_consent

# What the daily rules say to a sender, of its consents too; made anew every morning (frister.py).
MERKNADER = "frister/merknader.csv"
_GJELDER = ("tiltakskode", "avtaleId", "sluttDato")
_OM_SAMTYKKET = ("gitt", "gyldigTil", "tekstversjon")


def consents_of(vurdering: Vurdering, refs: Sequence[str], dato: date) -> tuple[Samtykke, ...]:
    """Every consent that an accepted drop speaks of, as the consent store takes it.

    `refs` are our ids of `vurdering.poster`, in their order. Those consents follow the deltakelse as it now stands,
    also where the drop has no samtykke row. One whose deltakelse is not accepted, or erased, follows its own row alone.
    """
    droppede = {rad["samtykkeId"]: rad for rad in vurdering.samtykker.rader}
    poster = [Deltakelsespost(innhold) for innhold in vurdering.poster]
    under_post = [
        _under_deltakelse(rad, post, ref, vurdering, dato, i_drop=rad["samtykkeId"] in droppede)
        for post, ref in zip(poster, refs, strict=True)
        for rad in post.rader("samtykke")
    ]
    kjente = {ett.ekstern_id for ett in under_post}
    alene = [_alone(rad, vurdering) for id_, rad in droppede.items() if id_ not in kjente]
    return (*under_post, *alene)


def _under_deltakelse(
    rad: Rad, post: Deltakelsespost, ref: str, vurdering: Vurdering, dato: date, *, i_drop: bool
) -> Samtykke:
    start = clock_start(post.deltakelse["status"], post.dato("statusGyldigFra"), post.dato("sluttDato"), dato)
    gjelder = {felt: post.deltakelse[felt] for felt in _GJELDER if felt in post.deltakelse}
    return Samtykke(
        ekstern_id=rad["samtykkeId"],
        ref=ref,
        formaal=rad["formaal"],
        siste_dag=last_day_of_consent(rad, start),
        trukket=read_dato(rad, "trukket"),
        innhold={**gjelder, **_about_consent(rad)},
        kontakt=vurdering.samtykker.kontakt.get(rad["deltakerId"]) if i_drop else None,
        i_drop=i_drop,
    )


def _alone(rad: Rad, vurdering: Vurdering) -> Samtykke:
    return Samtykke(
        ekstern_id=rad["samtykkeId"],
        ref=None,
        formaal=rad["formaal"],
        siste_dag=date.fromisoformat(rad["gyldigTil"]),
        trukket=read_dato(rad, "trukket"),
        innhold=_about_consent(rad),
        kontakt=vurdering.samtykker.kontakt.get(rad["deltakerId"]),
        i_drop=True,
    )


def _about_consent(rad: Rad) -> dict[str, Any]:
    return {felt: rad[felt] for felt in _OM_SAMTYKKET}


def consents_before(
    orgnr: str, poster: Collection[Deltakelsespost], lesing: Lesing, omgivelser: Omgivelser
) -> Iterator[Mapping[str, Any]]:
    """The consents that the rules may know of: those of the stored records, and what the drop names of the others."""
    i_poster = {rad["samtykkeId"]: rad for post in poster for rad in post.rader("samtykke")}
    yield from i_poster.values()
    felter = tabeller()["samtykke"].felter
    for id_, innhold in omgivelser.ledger.samtykker.find(orgnr, _named(lesing) - i_poster.keys()).items():
        yield {"samtykkeId": id_, **{felt: verdi for felt, verdi in innhold.items() if felt in felter}}


def _named(lesing: Lesing) -> set[str]:
    navngitte: set[str] = set()
    for tabell in ("samtykke", "etteroppfolging"):
        if tabell in lesing.tabeller:
            navngitte.update(lesing.tabeller[tabell]["samtykkeId"])
    return navngitte - {""}


def erase_ended(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Erase every consent that is withdrawn or past its last day on `dato`, and prove each; counts.

    The answers are counted, then the keys go, then the rest. Safe to run again: a consent that an earlier run did not
    finish is still due, and its evidence is written once, with the row's removal.
    """
    samtykker = omgivelser.ledger.samtykker
    forsok = Forsok("sletting")
    for orgnr in omgivelser.ledger.etteroppfolginger.senders():
        # A count that cannot be made is logged, and postpones no erasure.
        forsok.attempt(orgnr, count_answers, orgnr, omgivelser, dato)
    forfalte = samtykker.due(dato)
    if not forfalte:
        return {"samtykkerSlettet": 0}
    samtykker.destroy_keys(dato)
    fjernet = {orgnr: _remove_copies(orgnr, omgivelser) for orgnr in {rad.avsender for rad in forfalte}}
    forget_deleted_objects(omgivelser.objektvask)
    antall: Counter[str] = Counter(samtykkerSlettet=0)
    for rad in forfalte:
        if answered_raw_drops(rad.avsender, omgivelser):
            antall["samtykkerUfullstendig"] += 1
            continue
        bevis = samtykker.erase(
            rad.samtykke_ref,
            dato=dato,
            lagre={MOTTATT: fjernet.pop(rad.avsender, 0)},
            kategorier=_categories(),
            nokkel=omgivelser.signering,
            now=now,
        )
        antall["samtykkerSlettet"] += bevis is not None
    omgivelser.ledger.forget_free_space()
    anchor_chain(omgivelser.forankring, dato, omgivelser.ledger.bevis)
    return dict(antall)


def _remove_copies(orgnr: str, omgivelser: Omgivelser) -> int:
    """The raw drops of a sender, and what its outbox says of its consents; how many drops."""
    nokkel = nokler.utboks(orgnr, MERKNADER)
    if omgivelser.ledger.utlagte.knows(nokkel):
        omgivelser.storage.delete(nokkel)
        omgivelser.ledger.utlagte.remove(nokkel)
    return remove_raw_drops(orgnr, omgivelser)


def erase_of(refs: Collection[str], grunn: Statuskode, *, omgivelser: Omgivelser, dato: date, now: datetime) -> int:
    """Erase at once the consents that were given in these deltakelser, for another reason than their own; how many."""
    trukne = omgivelser.ledger.samtykker.withdraw_of(refs, dato)
    for samtykke_ref in trukne:
        omgivelser.ledger.samtykker.erase(
            samtykke_ref,
            dato=dato,
            lagre={},
            kategorier=_categories(),
            nokkel=omgivelser.signering,
            now=now,
            grunn=grunn,
        )
    return len(trukne)


def _categories() -> tuple[str, ...]:
    """The personal-data categories of what is kept under a consent, from the contract's own tags."""
    deltaker, svar = tabeller()["deltaker"].felter, tabeller()["etteroppfolging"].felter
    felter = (*(deltaker[felt] for felt in KONTAKTFELTER), svar["iArbeid"])
    return tuple(sorted({felt.personopplysning or "" for felt in felter}))
