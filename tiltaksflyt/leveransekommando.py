"""`tiltaksflyt deliveries`, `resend`, `cancel`, `hold`, `release`: arguments. The rest is loaded when one is run."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tiltaksflyt.pipeline.driftsinngrep import Inngrep
    from tiltaksflyt.pipeline.omgivelser import Omgivelser

T = TypeVar("T")

_OK, _FINNES_IKKE = 0, 1


def add_deliveries_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `deliveries`."""
    parser.add_argument("--recipient", metavar="KEY", help="navEnhet, or navEnhet-KOMMUNE")
    parser.add_argument("--state", metavar="STATE", help="as docs/status.md names it: OPPRETTET, FEIL …")
    parser.add_argument("--id", metavar="LEVERANSEID", help="one delivery, with all that has happened to it")
    parser.add_argument("--json", action="store_true")


def run_deliveries(valg: argparse.Namespace) -> int:
    """0, also when there are none; 1 when the one asked for is not there."""
    from tiltaksflyt.pipeline import leveransebilde
    from tiltaksflyt.pipeline.omgivelser import from_environment

    now = datetime.now(UTC)
    with from_environment() as omgivelser:
        if valg.id:
            historie = leveransebilde.follow_delivery(omgivelser, valg.id, now)
            if historie is None:
                sys.stderr.write("tiltaksflyt: no such delivery; `tiltaksflyt deliveries` lists them\n")
                return _FINNES_IKKE
            _say(valg, historie.as_json(), historie.as_lines())
        else:
            bilder = leveransebilde.list_deliveries(omgivelser, mottaker=valg.recipient, tilstand=valg.state, now=now)
            linjer = [linje for bilde in bilder for linje in bilde.as_lines()]
            _say(valg, [bilde.as_json() for bilde in bilder], linjer)
    return _OK


def _say(valg: argparse.Namespace, innhold: object, linjer: Sequence[str]) -> None:
    if valg.json:
        sys.stdout.write(json.dumps(innhold, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{linje}\n" for linje in linjer)


def add_resend_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `resend`, and of `cancel`, which takes the same."""
    parser.add_argument("leveranse", metavar="LEVERANSEID")
    _add_who_and_why(parser)


def run_resend(valg: argparse.Namespace) -> int:
    """0 when the delivery is due at once."""
    from tiltaksflyt.pipeline.driftsinngrep import resend

    _intervene(valg, lambda om, inngrep: resend(om, valg.leveranse, inngrep))
    sys.stdout.write("noted; levering sends it when the recipient's window is open\n")
    return _OK


def run_cancel(valg: argparse.Namespace) -> int:
    """0 when the delivery is given up, and its documents wait for the next one."""
    from tiltaksflyt.pipeline.driftsinngrep import cancel

    _intervene(valg, lambda om, inngrep: cancel(om, valg.leveranse, inngrep))
    sys.stdout.write("given up; its documents are ready for a new delivery\n")
    return _OK


def add_hold_arguments(parser: argparse.ArgumentParser, orgnr: Callable[[str], str]) -> None:
    """The arguments of `hold`, and of `release`, which takes the same."""
    hva = parser.add_mutually_exclusive_group(required=True)
    hva.add_argument("--delivery", metavar="LEVERANSEID", help="one delivery that has not left")
    hva.add_argument("--document", metavar="MELDINGID", help="one document, to every recipient of it")
    hva.add_argument("--recipient", metavar="KEY", help="all deliveries to it: navEnhet, or navEnhet-KOMMUNE")
    hva.add_argument("--channel", metavar="CHANNEL", help="all deliveries by it: sftp, bucket …")
    hva.add_argument("--sender", type=orgnr, metavar="ORGNR", help="its documents are gathered into no new delivery")
    hva.add_argument(
        "--step", metavar="STEP", help="mottak, rapportering, levering or kvittering; sletting can only be let go"
    )
    _add_who_and_why(parser)


def run_hold(valg: argparse.Namespace) -> int:
    """0 when it is held."""
    from tiltaksflyt.pipeline.driftsinngrep import hold

    gar_videre = _intervene(valg, lambda om, inngrep: hold(om, *_what(valg), inngrep))
    sys.stdout.write("held until `tiltaksflyt release`\n")
    for leveranse_id in gar_videre:
        sys.stdout.write(f"gathered already, and goes on unless held with --delivery: {leveranse_id}\n")
    return _OK


def run_release(valg: argparse.Namespace) -> int:
    """0 when it is let go."""
    from tiltaksflyt.pipeline.driftsinngrep import release

    igjen = _intervene(valg, lambda om, inngrep: release(om, *_what(valg), inngrep))
    sys.stdout.write("released\n")
    for leveranse_id in igjen:
        sys.stdout.write(f"tried again, since the recipient did not let us in: {leveranse_id}\n")
    return _OK


def _intervene(valg: argparse.Namespace, act: "Callable[[Omgivelser, Inngrep], T]") -> T:
    from tiltaksflyt.pipeline.driftsinngrep import make_inngrep
    from tiltaksflyt.pipeline.omgivelser import from_environment

    inngrep = make_inngrep(_who(valg), valg.reason, datetime.now(UTC))
    with from_environment() as omgivelser:
        return act(omgivelser, inngrep)


def _add_who_and_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, help="why; names no participant, and is kept")
    parser.add_argument("--by", metavar="NAME", help="who does it (default: the login name)")


def _who(valg: argparse.Namespace) -> str:
    from tiltaksflyt.pipeline.feil import Bruksfeil

    if valg.by is not None:
        return str(valg.by)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Bruksfeil("this process has no login name; say who with --by") from None


def _what(valg: argparse.Namespace) -> tuple[str, str]:
    valgte = {
        "LEVERANSE": valg.delivery,
        "DOKUMENT": valg.document,
        "MOTTAKER": valg.recipient,
        "KANAL": valg.channel,
        "AVSENDER": valg.sender,
        "STEG": valg.step,
    }
    return next((gjelder, str(verdi)) for gjelder, verdi in valgte.items() if verdi is not None)
