"""Read models: what an operator, the command line and the pages see; about a person, logged first."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tiltaksflyt.pipeline.etterlysning import late_receipts, unconfirmed_deletions
from tiltaksflyt.pipeline.feil import Bruksfeil, Oppsettsfeil
from tiltaksflyt.pipeline.frister import UTEN_NUMMER, duties
from tiltaksflyt.pipeline.klokke import day_of
from tiltaksflyt.pipeline.kontraktdokument import read_document
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.sluttkvittering import unreceived
from tiltaksflyt.pipeline.tilgang import Apning, log_openings
from transforms.dokument_formater import render
from transforms.forpliktelser import Forpliktelse, forpliktelser, policy_of
from transforms.kalender import oslo_dato
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost
from transforms.resultatperioder import period_number


def status(omgivelser: Omgivelser, now: datetime) -> dict[str, Any]:
    """How the deployment stands, in counts: innsendinger, dokumenter, leveranser, sittendeFast, slettet, and
    `slettingUbekreftet`, what the senders have not confirmed for their own systems.

    Listed by ids, since each wants a person: `kvitteringMangler`, packages whose receipts are late,
    `sluttrapportUkvittert`, sluttrapporter of ended deltakelser that Nav has not receipted, `tilbakehold`, the
    deletions that a person holds back, and `stanser`, what is not sent. Each is empty again when the receipt has come,
    the hold is over and the stop is lifted.
    """
    dato = day_of(omgivelser, now)
    return {
        "modus": omgivelser.modus,
        **omgivelser.ledger.oversikt(now).as_json(),
        "slettingUbekreftet": unconfirmed_deletions(omgivelser, dato).as_json(),
        "kvitteringMangler": [mangler.as_json() for mangler in late_receipts(omgivelser, dato)],
        "sluttrapportUkvittert": [sak.as_json(dato) for sak in unreceived(omgivelser, dato)],
        "tilbakehold": [hold.as_json() for hold in omgivelser.ledger.tilbakehold.active(dato)],
        "stanser": [
            {"gjelder": stans.gjelder, "verdi": stans.verdi, "av": stans.av, "fra": stans.fra.isoformat()}
            for stans in omgivelser.ledger.stanser.active()
        ],
    }


def deadlines_of_sender(omgivelser: Omgivelser, orgnr: str, dato: date, apning: Apning) -> tuple[Forpliktelse, ...]:
    """What one sender owes as it stands on a day, earliest deadline first. Raises Oppsettsfeil for an unknown one.

    Each deltakelse that owes anything is in the access log first.
    """
    avsender = omgivelser.oppsett.avsendere.get(orgnr)
    if avsender is None:
        raise Oppsettsfeil("the sender has no set-up; add avsendere/<orgnr>.yaml")
    poster = {rad.ref: Deltakelsespost(innhold) for rad, innhold in omgivelser.ledger.deltakelser.each(orgnr)}
    fakta = omgivelser.ledger.dokumenter.facts(poster.keys())
    i_kraft = omgivelser.oppsett.regelverk
    egne = {ref: duties(post, avsender, dato, fakta[ref], i_kraft) for ref, post in poster.items()}
    log_openings(omgivelser, apning, [ref for ref, plikter in egne.items() if plikter])
    alle = (plikt for plikter in egne.values() for plikt in plikter)
    return tuple(sorted(alle, key=lambda plikt: (plikt.frist, plikt.deltakelse_id)))


def deadlines_of_file(fil: Path, dato: date) -> tuple[Forpliktelse, ...]:
    """What the deltakelser of a contract document owe, without any ledger or set-up. Raises UlestDokument."""
    poster, samtykker = read_document(fil, dato)
    return tuple(
        plikt
        for post in poster
        for plikt in forpliktelser(
            post, policy_of(post.deltakelse["tiltakskode"]), dato, samtykker=_consents_of(post, samtykker)
        )
    )


def _consents_of(post: Deltakelsespost, samtykker: tuple[Mapping[str, Any], ...]) -> list[Mapping[str, Any]]:
    return [rad for rad in samtykker if rad.get("deltakelseId") == post.deltakelse["deltakelseId"]]


def rendered_document(
    omgivelser: Omgivelser,
    *,
    avsender: str | None,
    deltakelse: str,
    dokumenttype: str,
    nummer: int | None,
    format_: str,
    apning: Apning,
) -> bytes | None:
    """The newest version of one document, rendered anew; None when there is none.

    `deltakelse` is the sender's own id; `avsender` may be left out where only one sender has it. The opening is in the
    access log, and among the events of the deltakelse, first. Raises Bruksfeil where several senders have the id.
    """
    ref = _find(omgivelser, avsender, deltakelse)
    rad = omgivelser.ledger.dokumenter.latest(ref, dokumenttype, nummer or UTEN_NUMMER) if ref else None
    if rad is None:
        return None
    with omgivelser.ledger.transaction():
        log_openings(omgivelser, apning, [rad.ref])
        omgivelser.ledger.hendelser.append(
            "DOKUMENT_APNET",
            {"dokumenttype": dokumenttype, "grunn": apning.grunn, "format": format_},
            tid=apning.now,
            dato=oslo_dato(apning.now),
            ref=rad.ref,
        )
    return render(omgivelser.ledger.dokumenter.read(rad.melding_id), format_)


def rendered_avtaledokument(
    omgivelser: Omgivelser,
    *,
    avsender: str,
    tiltakskode: str,
    fylke: str,
    dokumenttype: str,
    kvartal: Kvartal | None,
    format_: str,
) -> bytes | None:
    """The newest version of a document about an avtale, rendered anew; None when there is none.

    `kvartal` is the one its period ends with; without it the newest. No person is in it, so opening it is not logged.
    """
    ref = omgivelser.ledger.avtaler.find(avsender, tiltakskode, fylke)
    rader = omgivelser.ledger.dokumenter.list(ref) if ref else ()
    nummer = None if kvartal is None else period_number(kvartal)
    funnet = [rad for rad in rader if rad.type == dokumenttype and nummer in (None, rad.nummer)]
    return render(omgivelser.ledger.dokumenter.read(funnet[-1].melding_id), format_) if funnet else None


def _find(omgivelser: Omgivelser, avsender: str | None, deltakelse: str) -> str | None:
    ledger = omgivelser.ledger.deltakelser
    avsendere = [avsender] if avsender else sorted({rad.avsender for rad in ledger.list()})
    refs = [ref for orgnr in avsendere if (ref := ledger.find_ref(orgnr, deltakelse)) is not None]
    if len(refs) > 1:
        raise Bruksfeil("several senders have a deltakelse with this id; say whose with --arrangor")
    return refs[0] if refs else None
