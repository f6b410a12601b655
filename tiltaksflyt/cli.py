"""`tiltaksflyt`: the same pipeline functions as the DAGs, from a terminal, without Airflow.

Exit codes: 0 done · 1 something to act on (rows held, evidence broken, hits) · 2 file refused · 64 usage ·
70 a step failed (code and id on stderr) · 77 the role may not open it · 78 the set-up is missing or faulty.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

from schemas.identer import check_ident
from schemas.loader import UgyldigFil
from tiltaksflyt import logg
from tiltaksflyt.grense import StegFeil, boundary
from transforms.kalender import oslo_dato

OK, FUNN, AVVIST, BRUK, STEGFEIL, INGEN_TILGANG, OPPSETTSFEIL = 0, 1, 2, 64, 70, 77, 78

STEG = ("mottak", "rapportering", "levering", "kvittering", "frister", "sletting", "vedlikehold")

Kommando = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """argparse with the exit code that sysexits.h gives to wrong usage."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BRUK, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code."""
    logg.install()
    valg = _parser().parse_args(argv)
    kommando: Kommando = valg.kommando
    try:
        # Those that open no deployment start at once; the others load the pipeline anyway.
        ytre = kommando if valg.navn in ("ident", "generate", "profile") else _with_setup_faults(kommando)
        return boundary(valg.navn)(ytre)(valg)
    except StegFeil as feil:
        sys.stderr.write(f"tiltaksflyt: {feil}\n")
        return STEGFEIL
    except BrokenPipeError:
        return OK


def _with_setup_faults(kommando: Kommando) -> Kommando:
    """A faulty set-up is the operator's to mend and holds nobody's data, so its text may be shown."""

    def run(valg: argparse.Namespace) -> int:
        from tiltaksflyt.pipeline.feil import Bruksfeil, FramtidigDato, IngenTilgang, Oppsettsfeil, UlestDokument

        try:
            return kommando(valg)
        except UlestDokument as feil:
            sys.stderr.write(f"tiltaksflyt: {feil}\n")
            return AVVIST
        except Bruksfeil as feil:
            sys.stderr.write(f"tiltaksflyt: {feil}\n")
            return BRUK
        except IngenTilgang as feil:
            sys.stderr.write(f"tiltaksflyt: {feil}\n")
            return INGEN_TILGANG
        except (UgyldigFil, Oppsettsfeil, FramtidigDato) as feil:
            sys.stderr.write(f"tiltaksflyt: {feil}\n")
            return OPPSETTSFEIL

    return run


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tiltaksflyt", description="Rapportering fra tiltaksarrangører til Nav.")
    kommandoer = parser.add_subparsers(dest="navn", required=True, metavar="COMMAND")

    def add(navn: str, kommando: Kommando, hjelp: str) -> argparse.ArgumentParser:
        under: argparse.ArgumentParser = kommandoer.add_parser(navn, help=hjelp, description=hjelp)
        under.set_defaults(kommando=kommando)
        return under

    _add_files(add)
    _add_looking(add)
    _add_running(add)
    _add_intervening(add)
    return parser


Add = Callable[[str, Kommando, str], argparse.ArgumentParser]


def _add_files(add: Add) -> None:
    from tiltaksflyt import profilkommando
    from tiltaksflyt.syntetisk import kommando as syntetisk

    profilkommando.add_arguments(add("profile", profilkommando.run, "check or propose a sender's profile"))
    syntetisk.add_arguments(add("generate", syntetisk.run, "make synthetic senders and deltakere"))
    under = add("validate", _validate, "check files as the door would, and write nothing")
    under.add_argument("filer", nargs="+", type=Path, metavar="FILE")
    under.add_argument("--arrangor", required=True, type=_orgnr, metavar="ORGNR")
    under.add_argument("--profile", metavar="NAME/VERSION", help="instead of the one in the sender's set-up")
    under.add_argument("--mode", choices=("TEST", "PROD"), help="default: TILTAKSFLYT_MODUS, else TEST")
    under.add_argument("--date", type=_day, help="the day of arrival (default: today)")
    under.add_argument("--json", action="store_true", help="one JSON object a file")
    under = add("ident", _ident, "check identifiers, one a line, never echoing them")
    under.add_argument("--stdin", action="store_true", required=True)


def _add_looking(add: Add) -> None:
    from tiltaksflyt import (
        beviskommando,
        driftskommando,
        eksportkommando,
        innsynskommando,
        oversiktskommando,
        statistikkommando,
        tilgangskommando,
    )

    eksportkommando.add_arguments(
        add("export", eksportkommando.run, "a sender's accepted deltakelser as NAV's own records"), _orgnr, _day
    )
    statistikkommando.add_arguments(
        add("statistics", statistikkommando.run, "results per tiltak, fylke and arrangør over twelve months")
    )
    driftskommando.add_quality_arguments(add("quality", driftskommando.run_quality, "what the checks said"))
    driftskommando.add_confirm_arguments(add("confirm", driftskommando.run_confirm, "confirm that a breach is right"))
    under = add("status", _status, "how the deployment stands, in counts")
    under.add_argument("--json", action="store_true")
    oversiktskommando.add_deadlines_arguments(
        add("deadlines", oversiktskommando.run_deadlines, "what is owed, and how it stands on a day"), _orgnr, _day
    )
    oversiktskommando.add_whatif_arguments(
        add("whatif", oversiktskommando.run_whatif, "what another rule version would change in today's accepted state"),
        _orgnr,
        _day,
    )
    oversiktskommando.add_render_arguments(
        add(
            "render",
            oversiktskommando.run_render,
            "a document of a deltakelse or an avtale, to standard output or a file",
        ),
        _orgnr,
    )
    tilgangskommando.add_arguments(
        add("access-log", tilgangskommando.run, "who opened what about a sender's deltakere, and why"), _orgnr, _day
    )
    innsynskommando.add_innsyn_arguments(
        add("innsyn", innsynskommando.run_innsyn, "all that is known of one deltaker, for that person"), _orgnr
    )
    beviskommando.add_arguments(add("evidence", beviskommando.run, "the chain of deletion evidence"), _orgnr)
    under = add("sweep", _sweep, "search every store for identities that must be gone")
    under.add_argument("--date", type=_day)


def _add_running(add: Add) -> None:
    under = add("run", _run, "run one step of the pipeline")
    under.add_argument("steg", choices=STEG)
    under.add_argument("--date", type=_day, help="default: today, or the stored clock of a test deployment")
    under = add("erase", _erase, "erase what is past its last kept day")
    under.add_argument("--date", type=_day, required=True)
    under.add_argument("--dry-run", action="store_true", help="say what would be erased; any day is allowed")
    under = add("clock", _clock, "the stored day of a test deployment")
    under.add_argument("--move", type=_day, metavar="DATE", help="move it forward")


def _add_intervening(add: Add) -> None:
    from tiltaksflyt import gjenopprettingskommando, innsynskommando, nokkelkommando, tilbakeholdkommando
    from tiltaksflyt import leveransekommando as kommando

    gjenopprettingskommando.add_arguments(
        add("restore", gjenopprettingskommando.run, "after a restored backup: what came back, and erase it again")
    )
    nokkelkommando.add_arguments(
        add("keys", nokkelkommando.run, "the key-encryption keys: how they stand, and new ones"), _orgnr
    )
    innsynskommando.add_wrong_person_arguments(
        add(
            "wrong-person",
            innsynskommando.run_wrong_person,
            "take back what was sent on a wrong person",
        ),
        _orgnr,
    )
    tilbakeholdkommando.add_arguments(
        add("tilbakehold", tilbakeholdkommando.run, "hold back the deletion of one deltakelse"), _orgnr, _day
    )
    kommando.add_deliveries_arguments(
        add("deliveries", kommando.run_deliveries, "how the deliveries stand, and all that has happened to one")
    )
    kommando.add_resend_arguments(
        add("resend", kommando.run_resend, "send again what has stopped or was never answered")
    )
    kommando.add_resend_arguments(
        add("cancel", kommando.run_cancel, "give up a delivery that has not arrived; its documents go in a new one")
    )
    for navn, run, hjelp in (
        ("hold", kommando.run_hold, "hold back what is to be sent, or a step"),
        ("release", kommando.run_release, "let go what is held"),
    ):
        kommando.add_hold_arguments(add(navn, run, hjelp), _orgnr)


def _day(tekst: str) -> date:
    try:
        return date.fromisoformat(tekst)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written YYYY-MM-DD") from None


def _orgnr(tekst: str) -> str:
    if not re.fullmatch(r"[0-9]{9}", tekst):
        raise argparse.ArgumentTypeError("an organisasjonsnummer has nine digits")
    return tekst


def _say(tekst: str) -> None:
    sys.stdout.write(f"{tekst}\n")


def _say_json(verdi: object) -> None:
    _say(json.dumps(verdi, ensure_ascii=False))


def _now() -> datetime:
    return datetime.now(UTC)


def _ident(_valg: argparse.Namespace) -> int:
    for linje in sys.stdin:
        kontroll = check_ident(linje.strip())
        _say(f"{'valid' if kontroll.gyldig else 'invalid'}\t{kontroll.type.value}\t{kontroll.grunn}")
    return OK


def _validate(valg: argparse.Namespace) -> int:
    from tiltaksflyt.pipeline import validering

    modus = valg.mode or os.environ.get("TILTAKSFLYT_MODUS") or "TEST"
    avsender, mottakere, regelverk = validering.find_sender(os.environ, valg.arrangor, valg.profile, modus)
    verste = OK
    for fil in valg.filer:
        svar = validering.validate_file(
            fil,
            avsender=avsender,
            mottakere=mottakere,
            regelverk=regelverk,
            modus=modus,
            now=_now(),
            asof=valg.date or oslo_dato(_now()),
        )
        verste = max(verste, svar.exitkode)
        if valg.json:
            _say_json(svar.as_json())
        else:
            _say(svar.as_text())
    return verste


def _status(valg: argparse.Namespace) -> int:
    from tiltaksflyt.pipeline import oversikt
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        status = oversikt.status(omgivelser, _now())
    if valg.json:
        _say_json(status)
    else:
        for navn, verdi in status.items():
            _say(f"{navn:17} {json.dumps(verdi, ensure_ascii=False) if isinstance(verdi, dict | list) else verdi}")
    return OK


def _sweep(valg: argparse.Namespace) -> int:
    from tiltaksflyt.pipeline import klokke, sletting
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        utfall = sletting.look(omgivelser, valg.date or klokke.day_of(omgivelser, _now()))
    for hit in utfall.treff:
        _say(f"{hit.sti}\t{hit.koding}\t{hit.posisjon}")
    for mangel in utfall.mangler:
        _say(f"{mangel.sti}\t{mangel.grunn}\t{mangel.posisjon}")
    return FUNN if utfall.treff or utfall.hull else OK


def _run(valg: argparse.Namespace) -> int:
    from tiltaksflyt.pipeline import klokke, steg
    from tiltaksflyt.pipeline.omgivelser import from_environment

    now = _now()
    with from_environment() as omgivelser:
        i_dag = klokke.day_of(omgivelser, now)
        dato = valg.date or i_dag
        omgivelser.refuse_future(dato, i_dag)
        _say_json(steg.run(valg.steg, omgivelser, dato, now))
    return OK


def _erase(valg: argparse.Namespace) -> int:
    from tiltaksflyt.pipeline import klokke, sletting, steg
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        if valg.dry_run:
            rader = sletting.preview(omgivelser, valg.date)
            samtykker = omgivelser.ledger.samtykker.due(valg.date)
            _say_json({"villeBlittSlettet": len(rader), "samtykker": len(samtykker), "dato": valg.date.isoformat()})
            return OK
        now = _now()
        omgivelser.refuse_future(valg.date, klokke.day_of(omgivelser, now))
        _say_json(steg.run("sletting", omgivelser, valg.date, now))
    return OK


def _clock(valg: argparse.Namespace) -> int:
    from tiltaksflyt.pipeline import klokke
    from tiltaksflyt.pipeline.omgivelser import from_environment

    with from_environment() as omgivelser:
        if valg.move:
            klokke.move(omgivelser, valg.move)
        _say(klokke.day_of(omgivelser, _now()).isoformat())
    return OK
