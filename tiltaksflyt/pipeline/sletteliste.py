"""The list of what a sender must delete in its own system, in its outbox from the first warning on.

docs/pipeline/sletting.md. It names a deltakelse by the sender's own id, never the person, and is made anew every day.
After our own erasure a line stands until the sender confirms it (`slettebekreftelse`), by slettesakId alone.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from expectations.regelsett import regler_etter_id
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from schemas.sletteoppfolging import sletteoppfolging
from tiltaksflyt.ledger import Deltakelsesrad
from tiltaksflyt.pipeline.forsok import Forsok, refuse_failures
from tiltaksflyt.pipeline.frister import deletion_policy
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.storage import nokler
from transforms.sletteliste import (
    Gjort,
    Kommende,
    Sletteliste,
    render_sletteliste_csv,
    render_sletteliste_html,
    warning_step,
)
from transforms.sletting import ALDRI_REELL, AVSLUTTET
from transforms.svar_tekster import svartekster

# What the daily rule says of the same deltakelser; the page says it in the same words.
VARSELREGEL = "SLE004"
VARSELDAGER = "sletting.varselDager"
_MAPPE = "sletting"
_RENDER = (
    ("sletteliste.csv", "text/csv; charset=utf-8", render_sletteliste_csv),
    ("sletteliste.html", "text/html; charset=utf-8", render_sletteliste_html),
)


def lay_out(omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """Put each sender's list in its outbox as it stands on `dato`, or take away one that is empty now.

    `slettesSnart` counts what stands there to be deleted, `ubekreftet` what was erased and is not confirmed. Safe to
    run twice. One sender's failure stops no other: raises AvsendereFeilet when the others are done.
    """
    forsok = Forsok("sletteliste")
    antall: Counter[str] = Counter()
    for orgnr, avsender in omgivelser.oppsett.avsendere.items():
        antall.update(forsok.attempt(orgnr, _lay_out_one, avsender, omgivelser, dato) or {})
    refuse_failures([forsok.antall])
    return dict(antall)


def _lay_out_one(avsender: Avsender, omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    varslede = _warned(avsender, omgivelser, dato)
    kommende = _to_delete(varslede, omgivelser, dato)
    fra = dato - sletteoppfolging().oppfolging
    ubekreftede = omgivelser.ledger.slettebekreftelser.unconfirmed(fra, avsender.orgnr)
    liste = Sletteliste(
        avsender=avsender.navn,
        maalform=avsender.maalform,
        dato=dato,
        oppfordring=_what_the_rule_asks(avsender.maalform),
        kommende=tuple(kommende.values()),
        ubekreftede=tuple(Gjort(ett.slettesak_id, ett.slettet) for ett in ubekreftede),
    )
    for fil, medietype, render in _RENDER:
        navn = f"{_MAPPE}/{fil}"
        nokkel = nokler.utboks(avsender.orgnr, navn)
        if liste.kommende or liste.ubekreftede:
            # The row first: a file that nobody knows of is never erased.
            omgivelser.ledger.utlagte.add(nokkel, avsender.orgnr, kommende.keys(), dato + oppbevaring().liste)
            omgivelser.storage.put_outbox(avsender.orgnr, navn, render(liste), medietype)
        elif omgivelser.ledger.utlagte.knows(nokkel):
            omgivelser.storage.delete(nokkel)
            omgivelser.ledger.utlagte.remove(nokkel)
    return {"slettesSnart": len(liste.kommende), "ubekreftet": len(liste.ubekreftede)}


def _warned(avsender: Avsender, omgivelser: Omgivelser, dato: date) -> Mapping[str, tuple[Deltakelsesrad, int]]:
    """The ended deltakelser that stand under a warning on `dato`, by our id, each with the warning.

    One that goes on, and is to be erased because its sender fell silent, is not the sender's to delete.
    """
    i_kraft = omgivelser.oppsett.regelverk
    resultat = {}
    for rad in omgivelser.ledger.deltakelser.list(avsender.orgnr):
        if rad.status in AVSLUTTET | ALDRI_REELL:
            varsel = warning_step(rad.siste_dag, dato, deletion_policy(rad, i_kraft).verdi(VARSELDAGER))
            if varsel is not None:
                resultat[rad.ref] = (rad, varsel)
    return resultat


def _to_delete(
    varslede: Mapping[str, tuple[Deltakelsesrad, int]], omgivelser: Omgivelser, dato: date
) -> dict[str, Kommende]:
    """Those that the sender has not confirmed already, by our id, each with its slettesakId."""
    ledger = omgivelser.ledger
    ider = {ref: rad.slettesak_id for ref, (rad, _) in varslede.items() if rad.slettesak_id}
    bekreftet = _confirmed({ider[ref]: varslede[ref][0].sist_i_drop for ref in ider}, omgivelser)
    innhold = ledger.deltakelser.read_many([ref for ref in varslede if ider.get(ref) not in bekreftet])
    ider |= ledger.slettinger.announce(innhold.keys(), dato)
    holdt = ledger.tilbakehold.last_days(dato)
    return {
        ref: Kommende(
            deltakelse_id=post["deltakelse"]["deltakelseId"],
            siste_dag=varslede[ref][0].siste_dag,
            varsel=varslede[ref][1],
            slettesak_id=ider[ref],
            holdt_til=holdt.get(ref),
        )
        for ref, post in innhold.items()
    }


def _confirmed(sist_i_drop: Mapping[str, date], omgivelser: Omgivelser) -> frozenset[str]:
    """The cases whose sender has deleted. What it has sent us again since then it has not deleted, whatever it said."""
    bekreftet = omgivelser.ledger.slettebekreftelser.confirmed(sist_i_drop.keys())
    likevel_ikke = {slettesak_id for slettesak_id, slettet in bekreftet.items() if slettet < sist_i_drop[slettesak_id]}
    omgivelser.ledger.slettebekreftelser.take_back(likevel_ikke)
    return frozenset(bekreftet.keys() - likevel_ikke)


def _what_the_rule_asks(maalform: str) -> str:
    regel = regler_etter_id()[VARSELREGEL]
    return svartekster(maalform).rule_text(VARSELREGEL, regel.melding, regel.tiltak).tiltak
