"""Everything that is known of one deltaker at one sender (art. 15), as JSON and as a page. docs/pipeline/tilgang.md

Only that person's: what names several (lists, calendars, answers to drops) is named by its file and not opened. What
is erased cannot be found, and the extract says so.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.identer import check_personident
from schemas.koder import kodeverk
from tiltaksflyt.ledger import Deltakelsesrad, Dokumentrad, Forpliktelsesstatus
from tiltaksflyt.pipeline.feil import Bruksfeil, Oppsettsfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.tilgang import Apning, list_openings, log_openings, log_search
from transforms.forpliktelser import policy_of
from transforms.innsyn_side import render_page
from transforms.kalender import OSLO

_ANSVARLIG = "mottaker.behandlingsansvarlig"

Uttrekk = dict[str, Any]


def extract(
    omgivelser: Omgivelser,
    avsender: str,
    apning: Apning,
    *,
    dato: date,
    deltakelse: str | None = None,
    personident: str | None = None,
) -> Uttrekk:
    """All that is known of the deltaker of a deltakelse (the sender's own id), or of a personident; logged first.

    Other deltakelser of the same person at the sender are part of it. Raises Oppsettsfeil for a sender without set-up,
    Bruksfeil for what is no personident, without repeating it.
    """
    oppsett = omgivelser.oppsett.avsendere.get(avsender)
    if oppsett is None:
        raise Oppsettsfeil("the sender has no set-up; add avsendere/<orgnr>.yaml")
    if personident is not None and not check_personident(personident).gyldig:
        raise Bruksfeil("what was read from standard input is no personident; give the eleven digits and nothing else")
    rader = _rows_of(omgivelser, avsender, deltakelse=deltakelse, personident=personident)
    if rader:
        log_openings(omgivelser, apning, [rad.ref for rad in rader])
    else:
        log_search(omgivelser, apning, avsender)
    poster = omgivelser.ledger.deltakelser.read_many([rad.ref for rad in rader])
    holdt = _held(omgivelser, avsender, rader, deltakelse)
    return {
        "laget": apning.now.astimezone(OSLO).isoformat(timespec="seconds"),
        "arrangor": {"orgnr": avsender, "navn": oppsett.navn},
        "behandlingsansvarlig": _controllers(omgivelser, rader) or [oppsett.roller.behandlingsansvarlig or "NAV"],
        "kildesystemer": sorted({rad.kildesystem for rad in rader}),
        "finnes": bool(poster or holdt),
        "deltakelser": [_known_of(omgivelser, rad, poster[rad.ref], dato) for rad in rader if rad.ref in poster],
        "holdt": holdt,
    }


def files(uttrekk: Uttrekk) -> dict[str, bytes]:
    """The extract as its two files."""
    return {
        "innsyn.json": (json.dumps(uttrekk, ensure_ascii=False, indent=2) + "\n").encode(),
        "innsyn.html": render_page(uttrekk),
    }


def _rows_of(
    omgivelser: Omgivelser, avsender: str, *, deltakelse: str | None, personident: str | None
) -> tuple[Deltakelsesrad, ...]:
    ledger = omgivelser.ledger.deltakelser
    if deltakelse is not None:
        ref = ledger.find_ref(avsender, deltakelse)
        if ref is None:
            return ()
        return ledger.of_deltaker(avsender, ledger.read(ref)["deltaker"]["deltakerId"])
    # The ledger knows nobody by personident, so each record is asked.
    return tuple(rad for rad, post in ledger.each(avsender) if post["deltaker"].get("personident") == personident)


def _controllers(omgivelser: Omgivelser, rader: Sequence[Deltakelsesrad]) -> list[str]:
    i_kraft = omgivelser.oppsett.regelverk
    return sorted(
        {str(policy_of(rad.tiltakskode, i_kraft)(rad.start_dato or rad.sist_i_drop).verdi(_ANSVARLIG)) for rad in rader}
    )


def _known_of(omgivelser: Omgivelser, rad: Deltakelsesrad, post: Mapping[str, Any], dato: date) -> Uttrekk:
    ledger = omgivelser.ledger
    dokumenter = ledger.dokumenter.list(rad.ref)
    return {
        "post": post,
        "samtykker": _consents(omgivelser, rad.avsender, post),
        "forstSett": rad.forst_sett.isoformat(),
        "sistIDrop": rad.sist_i_drop.isoformat(),
        "sistEndret": rad.sist_endret.isoformat(),
        "sisteDag": rad.siste_dag.isoformat(),
        "tilbakehold": [
            {"av": hold.av, "grunn": hold.grunn or "", "fra": hold.fra.isoformat(), "til": hold.til.isoformat()}
            for hold in ledger.tilbakehold.active(dato)
            if hold.ref == rad.ref
        ],
        "frister": _deadlines(omgivelser, rad.ref),
        "dokumenter": _documents(omgivelser, dokumenter),
        "kvitteringer": _receipts(omgivelser, rad.ref),
        "filer": [{"fil": nokkel} for nokkel in sorted(ledger.utlagte.for_deltakelse(rad.ref))],
        "hendelser": [
            {"tid": hendelse.tid.isoformat(), "type": hendelse.type, "grunn": hendelse.innhold.get("grunn")}
            for hendelse in ledger.hendelser.for_deltakelse(rad.ref)
        ],
        "apninger": _openings(omgivelser, rad),
    }


def _consents(omgivelser: Omgivelser, avsender: str, post: Mapping[str, Any]) -> list[Uttrekk]:
    """The consents given in a deltakelse, with the contact information, and the answer, that each lets us keep."""
    ider = [rad["samtykkeId"] for rad in post.get("samtykke", ())]
    return list(omgivelser.ledger.samtykker.find(avsender, ider).values())


def _deadlines(omgivelser: Omgivelser, ref: str) -> list[Uttrekk]:
    return [
        {
            "type": plikt.type,
            "n": plikt.n,
            "tekst": f"{plikt.type.replace('_', ' ').capitalize()}{f' {plikt.n}' if plikt.n else ''}",
            "frist": plikt.frist.isoformat(),
            "status": plikt.status,
            "statusTekst": Forpliktelsesstatus(plikt.status).tekst,
        }
        for plikt in omgivelser.ledger.forpliktelser.list(ref=ref)
    ]


def _documents(omgivelser: Omgivelser, rader: Sequence[Dokumentrad]) -> list[Uttrekk]:
    dokumenter = omgivelser.ledger.dokumenter
    innhold = dokumenter.read_many([rad.melding_id for rad in rader])
    return [
        {
            "type": rad.type,
            "typeTekst": kodeverk("dokumenttype").tekst(rad.type),
            "nummer": rad.nummer,
            "versjon": rad.versjon,
            "bygget": rad.bygget.astimezone(OSLO).isoformat(timespec="seconds"),
            "mottakere": [
                {
                    "mottaker": sending.mottaker,
                    "navn": _recipient_name(omgivelser, sending.mottaker),
                    "tilstand": sending.tilstand.value,
                    "tilstandTekst": sending.tilstand.tekst,
                    "sendt": sending.sendt_dato.isoformat() if sending.sendt_dato else None,
                    "svar": sending.svar,
                }
                for sending in dokumenter.forsendelser(versjon_av=rad.melding_id)
            ],
            "innhold": innhold[rad.melding_id],
        }
        for rad in rader
    ]


def _recipient_name(omgivelser: Omgivelser, nokkel: str) -> str:
    mottaker = omgivelser.oppsett.mottakere.get(nokkel)
    return mottaker.navn if mottaker else nokkel


def _receipts(omgivelser: Omgivelser, ref: str) -> list[Uttrekk]:
    dokumenter = {rad.melding_id: rad for rad in omgivelser.ledger.dokumenter.list(ref)}
    typer = {
        sending.melding_id: dokumenter[sending.dokument_melding_id].type
        for sending in omgivelser.ledger.dokumenter.forsendelser(ref=ref)
    }
    return [
        {
            "dokument": kodeverk("dokumenttype").tekst(typer[rad.melding_id]),
            "status": rad.status,
            "kode": rad.kode,
            "tekst": rad.tekst,
            "arkivId": rad.arkiv_id,
            "tid": rad.tid.astimezone(OSLO).isoformat(timespec="seconds"),
        }
        for rad in omgivelser.ledger.kvitteringer.for_deltakelse(ref)
    ]


def _openings(omgivelser: Omgivelser, rad: Deltakelsesrad) -> list[dict[str, str]]:
    slettesak = omgivelser.ledger.deltakelser.get(rad.ref).slettesak_id
    return [ett for ett in list_openings(omgivelser, rad.avsender, None, None) if ett["slettesakId"] == slettesak]


def _held(
    omgivelser: Omgivelser, avsender: str, rader: Sequence[Deltakelsesrad], deltakelse: str | None
) -> list[Uttrekk]:
    """What stands held of the person, also where nothing of it was ever stored; nothing but dates and rules is kept."""
    egne = {rad.ref for rad in rader}
    holdte = [rad for rad in omgivelser.ledger.innsendinger.held(avsender) if rad.ref in egne]
    if deltakelse is not None and not egne:
        holdte += omgivelser.ledger.innsendinger.held_by_id(avsender, deltakelse)
    return [
        {"siden": rad.siden.isoformat(), "sisteDag": rad.siste_dag.isoformat(), "regler": list(rad.regler)}
        for rad in holdte
    ]
