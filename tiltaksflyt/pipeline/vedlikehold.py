"""The step vedlikehold: what went in is counted against what came out, and what was left behind is picked up.

docs/pipeline/vedlikehold.md. Airflow's own metadata is pruned by the DAG: only dags/ knows Airflow.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta

from schemas.oppbevaring import oppbevaring
from tiltaksflyt.pipeline.forsok import Forsok, refuse_failures
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.statistikk import forget_old
from tiltaksflyt.pipeline.utkast import arrange_drafts
from tiltaksflyt.retention.forankring import anchor_chain
from tiltaksflyt.storage import nokler
from transforms.kalender import OSLO


def reconcile(omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """Repair what is safe to repair, and count the rest.

    Outbox files past their day, drafts that were sent or are no more, raw drops past seven days, uploads that broke
    off, held rows, capacity rows, records of the checks, confirmations, the access log and documents about an avtale
    past theirs are removed, and so is Nav's text of a bestilling whose sluttrapport is accepted; old counts of the
    statistics lose their arrangør; the head of the chain is anchored.
    `ubesvarte` counts drops of an earlier day that have no answer yet, `friPlassIkkeTomt` is 1 when freed pages of a
    database could not be rewritten and the next run must. Raises AvsendereFeilet, when all else is done,
    if the drafts of some sender could not be put in order.
    """
    ledger = omgivelser.ledger
    antall = Counter(utlagtFjernet=0, raaFjernet=0, ubesvarte=0)
    for nokkel in ledger.utlagte.due(dato):
        omgivelser.storage.delete(nokkel)
        ledger.utlagte.remove(nokkel)
        antall["utlagtFjernet"] += 1
    for rad in ledger.innsendinger.with_raw():
        alder = dato - rad.mottatt.date()
        if rad.besvart is None and alder > timedelta(days=1):
            antall["ubesvarte"] += 1
        if rad.objekt and alder >= oppbevaring().raafil:
            omgivelser.storage.delete(rad.objekt)
            ledger.innsendinger.raw_removed(rad.innsending_id)
            antall["raaFjernet"] += 1
    # By the store's clock, which is the one that dated them.
    antall["opplastingerGittOpp"] = omgivelser.storage.abort_stale_uploads(
        now=omgivelser.storage.clock(), eldre_enn=oppbevaring().opplasting
    )
    forsok = Forsok("vedlikehold")
    for orgnr in omgivelser.oppsett.avsendere:
        antall.update(forsok.attempt(orgnr, arrange_drafts, orgnr, omgivelser=omgivelser, dato=dato) or {})
    antall["tilgangerGlemt"] = ledger.tilganger.forget(
        datetime.combine(dato - oppbevaring().tilgangslogg, time.min, OSLO)
    )
    antall["bestillingerGlemt"] = ledger.deltakelser.forget_bestillinger()
    ledger.innsendinger.forget_hashes()
    antall["holdtGlemt"] = ledger.innsendinger.forget_held(dato)
    antall["statistikkSamlet"] = forget_old(omgivelser, dato)
    antall["avtaledokumenterFjernet"] = _forget_avtaledokumenter(omgivelser, dato)
    ledger.plasser.forget(dato - oppbevaring().plass)
    ledger.kontroller.forget(dato - oppbevaring().driftslogg)
    ledger.bekreftelser.forget(datetime.combine(dato, time.min, OSLO))
    # What the night's erasure could not rewrite because somebody was reading, and what went above.
    antall["friPlassIkkeTomt"] = int(not ledger.forget_free_space())
    anchor_chain(omgivelser.forankring, dato, ledger.bevis)
    refuse_failures([forsok.antall])
    return dict(antall)


def _forget_avtaledokumenter(omgivelser: Omgivelser, dato: date) -> int:
    """They do not go with any deltakelse, so their age decides. How many versions went."""
    foer = dato - oppbevaring().avtaledokument
    for leveranse_id in omgivelser.ledger.avtaler.packages_before(foer):
        omgivelser.storage.delete(nokler.pakke(leveranse_id))
        omgivelser.ledger.leveranser.package_removed(leveranse_id)
    return omgivelser.ledger.avtaler.forget_documents(foer)
