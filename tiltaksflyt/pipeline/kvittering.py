"""The step kvittering: receipts are collected, matched to what was sent, and told to the sender.

docs/pipeline/kvittering.md. Safe to run twice: a receipt that is known changes nothing, and it stays with the recipient
until it is recorded.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import STANDARD_MAALFORM, Mottaker
from tiltaksflyt.delivery import Hentetfil, KanalFeil, Kanalstatus, Underveis
from tiltaksflyt.delivery.receipts import Kvittering, UgyldigKvittering, parse_receipt
from tiltaksflyt.ledger import (
    Dokumentsvar,
    Forsendelsestilstand,
    Kvitteringsfil,
    Leveranserad,
    Leveransetilstand,
    Statuskode,
    UlovligOvergang,
)
from tiltaksflyt.pipeline.klokke import day_of
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.stans import TILGANGSFEIL, is_step_stopped, refusing_recipients, stop_recipient
from tiltaksflyt.storage import nokler
from transforms.dokument import avtale_name, tittel
from transforms.svar_avvisning import Avvisning, render_avvisning_html

_UNDER_VEI = (Leveransetilstand.SENDT, Leveransetilstand.MOTTATT, Leveransetilstand.LEVERT)
_BESVART = frozenset(
    {
        Forsendelsestilstand.GODTATT,
        Forsendelsestilstand.AVVIST,
        Forsendelsestilstand.ERSTATTET,
        Forsendelsestilstand.TILBAKEKALT,
    }
)


def collect(omgivelser: Omgivelser, now: datetime) -> dict[str, int]:
    """Collect from every recipient, record, tell the senders of rejections, and let answered packages go; counts.

    `fulgt` are packages that a channel has brought further, `ulest` files that are no receipts (they stay where they
    are), `kanalfeil` recipients that could not be read; none of these stops the others. A recipient that does not let
    us in is stopped, counted by its code too, and left alone until a person lets it go. Nothing while the step is held.
    """
    antall: Counter[str] = Counter()
    if is_step_stopped(omgivelser, "kvittering"):
        return {}
    stengte = refusing_recipients(omgivelser)
    dato = day_of(omgivelser, now)
    under_vei = _under_way(omgivelser)
    for mottaker in omgivelser.oppsett.mottakere.values():
        if mottaker.er_test == omgivelser.er_test and mottaker.nokkel not in stengte:
            kode = _collect_from(mottaker, under_vei[mottaker.nokkel], omgivelser, dato, antall)
            if kode in TILGANGSFEIL:
                stop_recipient(omgivelser, mottaker.nokkel, kode, now)
                antall[kode.value] += 1
    for leveranse in omgivelser.ledger.leveranser.list([Leveransetilstand.LEVERT, Leveransetilstand.LEST]):
        if leveranse.pakke is not None and _is_answered(leveranse, omgivelser):
            omgivelser.storage.delete(nokler.pakke(leveranse.leveranse_id))
            omgivelser.ledger.leveranser.package_removed(leveranse.leveranse_id)
            antall["pakkerFjernet"] += 1
    return dict(antall)


def _under_way(omgivelser: Omgivelser) -> Mapping[str, list[Underveis]]:
    """What has been sent and not read yet, by recipient."""
    sendte: dict[str, list[Underveis]] = defaultdict(list)
    for rad in omgivelser.ledger.leveranser.list(_UNDER_VEI):
        sendte[rad.mottaker].append(Underveis(rad.leveranse_id, rad.kanal_ref))
    return sendte


def _collect_from(
    mottaker: Mottaker, under_vei: Sequence[Underveis], omgivelser: Omgivelser, dato: date, antall: Counter[str]
) -> Statuskode | None:
    """Record what one recipient has for us; why it could not be read, when it could not."""
    kanal = omgivelser.channel(mottaker)
    try:
        for leveranse_id, status in kanal.follow(under_vei).items():
            antall["fulgt"] += _follow(leveranse_id, status, omgivelser)
        ferdige = [fil for fil in kanal.collect() if _take(fil, mottaker, omgivelser, dato, antall)]
        if ferdige:
            kanal.discard(ferdige)
    except KanalFeil as feil:
        antall["kanalfeil"] += 1
        return Statuskode(feil.kode.value)
    return None


def _follow(leveranse_id: str, status: Kanalstatus, omgivelser: Omgivelser) -> bool:
    """Record how far a package has come; whether that was news."""
    if status is Kanalstatus.SENDT:
        return False
    if status is not Kanalstatus.LEVETID_UTLOPT:
        return omgivelser.ledger.leveranser.follow(leveranse_id, Leveransetilstand(status.value))
    try:
        omgivelser.ledger.leveranser.expire(leveranse_id)
    except UlovligOvergang:
        # It came there all the same: its receipt was quicker than the channel.
        return False
    return True


def _take(fil: Hentetfil, mottaker: Mottaker, omgivelser: Omgivelser, dato: date, antall: Counter[str]) -> bool:
    """Record one file; whether the recipient may let it go."""
    try:
        kvittering = parse_receipt(fil.innhold)
    except UgyldigKvittering:
        antall["ulest"] += 1
        return False
    if kvittering.leveranse_id is None:
        antall["ukoblet"] += 1
        return True
    funn = omgivelser.ledger.kvitteringer.record(_as_file(fil, kvittering, kvittering.leveranse_id))
    if funn.utsatt:
        antall["utsatt"] += 1
        return False
    if funn.ny:
        antall["kvitteringer"] += 1
        antall["dokumentsvar"] += len(funn.koblet)
        antall["avvist"] += len(funn.avvist)
        antall["ukoblet"] += funn.ukoblet
        antall["etterSletting"] += funn.etter_sletting
    # Also when it was recorded before: a run that broke off after that may not have told the sender.
    svar = {ett.melding_id: ett for ett in kvittering.svar}
    for melding_id in funn.avvist:
        ett = svar[melding_id]
        _tell_sender(melding_id, ett.kode or "", ett.tekst, mottaker, omgivelser, dato)
    return True


def _as_file(fil: Hentetfil, kvittering: Kvittering, leveranse_id: str) -> Kvitteringsfil:
    return Kvitteringsfil(
        kilde=fil.kilde,
        leveranse_id=leveranse_id,
        tid=kvittering.tid,
        teknisk=Leveransetilstand(kvittering.status.value) if kvittering.status else None,
        svar=[Dokumentsvar(s.melding_id, s.status.value, s.kode, s.tekst, s.arkiv_id) for s in kvittering.svar],
    )


def _tell_sender(
    melding_id: str, kode: str, tekst: str | None, mottaker: Mottaker, omgivelser: Omgivelser, dato: date
) -> None:
    dokument = omgivelser.ledger.dokumenter.get(melding_id)
    innhold = omgivelser.ledger.dokumenter.read(melding_id)
    hode = innhold["hode"]
    orgnr = hode["avsender"]["orgnr"]
    avsender = omgivelser.oppsett.avsendere.get(orgnr)
    avvisning = Avvisning(
        avsender=hode["avsender"]["navn"],
        maalform=avsender.maalform if avsender else STANDARD_MAALFORM,
        tittel=tittel(innhold),
        deltakelse_id=hode.get("deltakelseId"),
        mottaker=mottaker.navn,
        kode=kode,
        tekst=tekst,
        frist=date.fromisoformat(hode["frist"]) if "frist" in hode else None,
        avtale=avtale_name(innhold) if dokument.gjelder_avtale else None,
    )
    deltakelser = [] if dokument.gjelder_avtale else [dokument.ref]
    navn = f"avvist/{melding_id}/avvisning.html"
    nokkel = nokler.utboks(orgnr, navn)
    omgivelser.ledger.utlagte.add(nokkel, orgnr, deltakelser, dato + oppbevaring().svar)
    omgivelser.storage.put_outbox(orgnr, navn, render_avvisning_html(avvisning), "text/html; charset=utf-8")


def _is_answered(leveranse: Leveranserad, omgivelser: Omgivelser) -> bool:
    forsendelser = omgivelser.ledger.dokumenter.forsendelser(leveranse_id=leveranse.leveranse_id)
    return all(rad.tilstand in _BESVART for rad in forsendelser)
