"""What operators do to what is to be sent: try again, hold back, let go. docs/pipeline/levering.md

Each is an event with who and why, in the commit that does it. An event about a document is sealed with its deltakelse
and goes with it; the others name a package, a recipient, a channel, a sender or a step, and no person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tiltaksflyt.ledger import (
    Dokumentrad,
    IkkeFunnet,
    Leveranserad,
    Leveransetilstand,
    Stans,
    Statuskode,
    UlovligOvergang,
)
from tiltaksflyt.pipeline.begrunnelse import refuse_personident
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.pakker import remove_package
from tiltaksflyt.pipeline.stans import TILGANGSFEIL, stop
from transforms.kalender import oslo_dato

DOKUMENT = "DOKUMENT"
# What an operator holds moves no deadline and postpones no deletion, so frister, sletting and vedlikehold go on.
HOLDBARE_STEG = ("mottak", "rapportering", "levering", "kvittering")
_IKKE_HOS_MOTTAKER = (Leveransetilstand.OPPRETTET, Leveransetilstand.SENDES, Leveransetilstand.FEIL)


@dataclass(frozen=True)
class Inngrep:
    """Who does something, why, and when."""

    av: str
    grunn: str
    now: datetime


def make_inngrep(av: str, grunn: str, now: datetime) -> Inngrep:
    """Checked: both are said, and neither holds a number that passes for a personident. Raises Bruksfeil."""
    av, grunn = av.strip(), grunn.strip()
    if not av or not grunn:
        raise Bruksfeil("--by and --reason say who and why; neither may be empty")
    refuse_personident(av, grunn, now)
    return Inngrep(av, grunn, now)


def resend(omgivelser: Omgivelser, leveranse_id: str, inngrep: Inngrep) -> Leveranserad:
    """A package that stopped, or that its recipient never answered, is due at once. Answers it as it stands then.

    Raises Bruksfeil for one that is not there, waits by itself, is answered, or no longer lies stored.
    """
    _find_delivery(omgivelser, leveranse_id)
    try:
        with omgivelser.ledger.transaction():
            omgivelser.ledger.leveranser.retry(leveranse_id, now=inngrep.now)
            _note(omgivelser, "LEVERANSE_PROVES_IGJEN", "LEVERANSE", leveranse_id, inngrep)
    except UlovligOvergang:
        raise Bruksfeil(
            "only what has stopped, or is with the recipient without a receipt and lies stored, is sent again; "
            "see `tiltaksflyt deliveries --id`"
        ) from None
    return omgivelser.ledger.leveranser.get(leveranse_id)


def cancel(omgivelser: Omgivelser, leveranse_id: str, inngrep: Inngrep) -> None:
    """Give up a package that has not arrived: its documents are ready again, and what we stored of it is removed.

    Raises Bruksfeil for one that is not there, is being sent, or has arrived.
    """
    rad = _find_delivery(omgivelser, leveranse_id)
    try:
        with omgivelser.ledger.transaction():
            omgivelser.ledger.leveranser.cancel(leveranse_id, Statuskode.AVLYST_AV_PERSON, now=inngrep.now)
            _note(omgivelser, "LEVERANSE_AVLYST", "LEVERANSE", leveranse_id, inngrep)
    except UlovligOvergang:
        raise Bruksfeil(
            "only what waits or has stopped is given up; what is with the recipient is corrected by a new version"
        ) from None
    remove_package(omgivelser, rad)


def hold(omgivelser: Omgivelser, gjelder: str, verdi: str, inngrep: Inngrep) -> tuple[str, ...]:
    """Hold something until a person lets it go. Answers the packages that hold some of it and go on all the same.

    `gjelder` is DOKUMENT (`verdi` its meldingId), LEVERANSE, MOTTAKER, KANAL, AVSENDER or STEG. Raises Bruksfeil for
    what is not there, has left, or is held already.
    """
    if gjelder == DOKUMENT:
        _hold_document(omgivelser, _find_document(omgivelser, verdi), inngrep)
        return ()
    if not _KJENNES[gjelder](omgivelser, verdi):
        raise Bruksfeil(_UKJENT[gjelder])
    with omgivelser.ledger.transaction():
        if _standing(omgivelser, gjelder, verdi) is not None:
            raise Bruksfeil("it is held already; `tiltaksflyt status` says since when and by whom")
        stop(omgivelser, gjelder, verdi, av=inngrep.av, grunn=inngrep.grunn, now=inngrep.now)
    return _gathered(omgivelser, verdi) if gjelder == "AVSENDER" else ()


def release(omgivelser: Omgivelser, gjelder: str, verdi: str, inngrep: Inngrep) -> tuple[str, ...]:
    """Let go what is held. Answers the packages that are tried again because their recipient did not let us in.

    A document is let go only when a person held it, never when a rule or its sender did. Raises Bruksfeil for what is
    not held.
    """
    if gjelder == DOKUMENT:
        _release_document(omgivelser, _find_document(omgivelser, verdi), inngrep)
        return ()
    with omgivelser.ledger.transaction():
        stans = _standing(omgivelser, gjelder, verdi)
        if stans is None:
            raise Bruksfeil("it is not held; `tiltaksflyt status` lists what is")
        omgivelser.ledger.stanser.lift(stans.stans_id, av=inngrep.av, now=inngrep.now)
        _note(omgivelser, "STANS_OPPHEVET", gjelder, verdi, inngrep)
        igjen = _refused(omgivelser, verdi) if gjelder == "MOTTAKER" else ()
        for leveranse_id in igjen:
            omgivelser.ledger.leveranser.retry(leveranse_id, now=inngrep.now)
    return igjen


def _hold_document(omgivelser: Omgivelser, dokument: Dokumentrad, inngrep: Inngrep) -> None:
    with omgivelser.ledger.transaction():
        if not omgivelser.ledger.dokumenter.hold(dokument.melding_id, Statuskode.HOLDT_AV_PERSON):
            raise Bruksfeil(
                "the document does not wait to be gathered; if it lies in a package, hold that (--delivery)"
            )
        _note_document(omgivelser, "DOKUMENT_HOLDT", dokument, inngrep)


def _release_document(omgivelser: Omgivelser, dokument: Dokumentrad, inngrep: Inngrep) -> None:
    with omgivelser.ledger.transaction():
        if not omgivelser.ledger.dokumenter.release(dokument.melding_id, Statuskode.HOLDT_AV_PERSON):
            raise Bruksfeil("no person holds the document; what a rule or its sender holds is let go by them")
        _note_document(omgivelser, "DOKUMENT_SLUPPET", dokument, inngrep)


def _find_delivery(omgivelser: Omgivelser, leveranse_id: str) -> Leveranserad:
    try:
        return omgivelser.ledger.leveranser.get(leveranse_id)
    except IkkeFunnet:
        raise Bruksfeil("no such delivery; `tiltaksflyt deliveries` lists them") from None


def _find_document(omgivelser: Omgivelser, melding_id: str) -> Dokumentrad:
    try:
        return omgivelser.ledger.dokumenter.get(melding_id)
    except IkkeFunnet:
        raise Bruksfeil(
            "no such document; a meldingId stands in its header and in the manifest of its package"
        ) from None


def _standing(omgivelser: Omgivelser, gjelder: str, verdi: str) -> Stans | None:
    return next(
        (ett for ett in omgivelser.ledger.stanser.active() if (ett.gjelder, ett.verdi) == (gjelder, verdi)), None
    )


def _gathered(omgivelser: Omgivelser, avsender: str) -> tuple[str, ...]:
    """The packages that have not left and hold a document of the sender: they hold others' as well, and go on."""
    forsendelser = omgivelser.ledger.dokumenter.forsendelser(avsender=avsender)
    ider = {rad.leveranse_id for rad in forsendelser}
    return tuple(
        rad.leveranse_id for rad in omgivelser.ledger.leveranser.list(_IKKE_HOS_MOTTAKER) if rad.leveranse_id in ider
    )


def _refused(omgivelser: Omgivelser, mottaker: str) -> tuple[str, ...]:
    stoppede = omgivelser.ledger.leveranser.list([Leveransetilstand.FEIL])
    return tuple(rad.leveranse_id for rad in stoppede if rad.mottaker == mottaker and rad.statuskode in TILGANGSFEIL)


def _note(omgivelser: Omgivelser, type_: str, gjelder: str, verdi: str, inngrep: Inngrep) -> None:
    innhold = {"gjelder": gjelder, "verdi": verdi, "av": inngrep.av, "grunn": inngrep.grunn}
    omgivelser.ledger.hendelser.append(type_, innhold, tid=inngrep.now, dato=oslo_dato(inngrep.now))


def _note_document(omgivelser: Omgivelser, type_: str, dokument: Dokumentrad, inngrep: Inngrep) -> None:
    innhold = {"meldingId": dokument.melding_id, "av": inngrep.av, "grunn": inngrep.grunn}
    ref = None if dokument.gjelder_avtale else dokument.ref
    omgivelser.ledger.hendelser.append(type_, innhold, tid=inngrep.now, dato=oslo_dato(inngrep.now), ref=ref)


_KJENNES: Mapping[str, Callable[[Omgivelser, str], bool]] = {
    "LEVERANSE": lambda om, verdi: _find_delivery(om, verdi).tilstand in _IKKE_HOS_MOTTAKER,
    "MOTTAKER": lambda om, verdi: verdi in om.oppsett.mottakere,
    "KANAL": lambda om, verdi: verdi in {mottaker.kanal for mottaker in om.oppsett.mottakere.values()},
    "AVSENDER": lambda om, verdi: verdi in om.oppsett.avsendere,
    "STEG": lambda _, verdi: verdi in HOLDBARE_STEG,
}
_UKJENT: Mapping[str, str] = {
    "LEVERANSE": "the delivery has left, or is given up; there is nothing to hold",
    "MOTTAKER": "no such recipient in mottakere.yaml; its key is its navEnhet, or navEnhet-KOMMUNE",
    "KANAL": "no recipient in mottakere.yaml has this channel",
    "AVSENDER": "the sender has no set-up; add avsendere/<orgnr>.yaml or check the number",
    "STEG": f"only {', '.join(HOLDBARE_STEG)} can be held; no one postpones a deadline or a deletion",
}
