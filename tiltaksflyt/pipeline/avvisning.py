"""A rejected document is told to its sender the same day, and so is a rejection that the recipient takes back."""

from collections.abc import Iterable
from datetime import date

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import STANDARD_MAALFORM, Mottaker
from tiltaksflyt.delivery.receipts import Dokumentsvar
from tiltaksflyt.ledger import Kvitteringsfunn
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.storage import nokler
from transforms.dokument import avtale_name, tittel
from transforms.svar_avvisning import Avvisning, render_avvisning_html, render_likevel_html


def tell_senders(
    funn: Kvitteringsfunn, svar: Iterable[Dokumentsvar], leveranse_id: str, *, omgivelser: Omgivelser, dato: date
) -> None:
    """Write what the senders must know of a receipt. Safe to do again: the same page lies at the same place.

    The recipient that is named is the one that the package was sent to, whoever else shares its channel.
    """
    if not funn.avvist and not funn.opphevet:
        return
    mottaker = omgivelser.oppsett.mottakere[omgivelser.ledger.leveranser.get(leveranse_id).mottaker]
    gitt = {ett.melding_id: ett for ett in svar}
    for melding_id in funn.avvist:
        avvisning = _rejection(gitt[melding_id], mottaker, omgivelser)
        _put(melding_id, render_avvisning_html(avvisning), omgivelser, dato)
    for melding_id in funn.opphevet:
        avvisning = _rejection(gitt[melding_id], mottaker, omgivelser)
        _put(melding_id, render_likevel_html(avvisning), omgivelser, dato)


def _rejection(svar: Dokumentsvar, mottaker: Mottaker, omgivelser: Omgivelser) -> Avvisning:
    dokument = omgivelser.ledger.dokumenter.get(svar.melding_id)
    innhold = omgivelser.ledger.dokumenter.read(svar.melding_id)
    hode = innhold["hode"]
    avsender = omgivelser.oppsett.avsendere.get(hode["avsender"]["orgnr"])
    return Avvisning(
        avsender=hode["avsender"]["navn"],
        maalform=avsender.maalform if avsender else STANDARD_MAALFORM,
        tittel=tittel(innhold),
        deltakelse_id=hode.get("deltakelseId"),
        mottaker=mottaker.navn,
        kode=svar.kode or "",
        tekst=svar.tekst,
        frist=date.fromisoformat(hode["frist"]) if "frist" in hode else None,
        avtale=avtale_name(innhold) if dokument.gjelder_avtale else None,
    )


def _put(melding_id: str, side: bytes, omgivelser: Omgivelser, dato: date) -> None:
    dokument = omgivelser.ledger.dokumenter.get(melding_id)
    orgnr = omgivelser.ledger.dokumenter.read(melding_id)["hode"]["avsender"]["orgnr"]
    deltakelser = [] if dokument.gjelder_avtale else [dokument.ref]
    navn = f"avvist/{melding_id}/avvisning.html"
    nokkel = nokler.utboks(orgnr, navn)
    omgivelser.ledger.utlagte.add(nokkel, orgnr, deltakelser, dato + oppbevaring().svar)
    omgivelser.storage.put_outbox(orgnr, navn, side, "text/html; charset=utf-8")
