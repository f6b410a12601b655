"""A rejected document is told to its sender the same day, and so is a rejection that the recipient takes back."""

from collections.abc import Callable, Iterable
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
    for melding_ider, render in ((funn.avvist, render_avvisning_html), (funn.opphevet, render_likevel_html)):
        for melding_id in melding_ider:
            _tell(gitt[melding_id], mottaker, render, omgivelser, dato)


def _tell(
    svar: Dokumentsvar, mottaker: Mottaker, render: Callable[[Avvisning], bytes], omgivelser: Omgivelser, dato: date
) -> None:
    dokument = omgivelser.ledger.dokumenter.get(svar.melding_id)
    innhold = omgivelser.ledger.dokumenter.read(svar.melding_id)
    hode = innhold["hode"]
    orgnr = hode["avsender"]["orgnr"]
    avsender = omgivelser.oppsett.avsendere.get(orgnr)
    avvisning = Avvisning(
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
    deltakelser = [] if dokument.gjelder_avtale else [dokument.ref]
    navn = f"avvist/{svar.melding_id}/avvisning.html"
    omgivelser.ledger.utlagte.add(nokler.utboks(orgnr, navn), orgnr, deltakelser, dato + oppbevaring().svar)
    omgivelser.storage.put_outbox(orgnr, navn, render(avvisning), "text/html; charset=utf-8")
