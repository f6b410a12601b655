"""Packages out, receipts in. One small protocol, and a channel for each kind of recipient."""

from pathlib import Path

from schemas.oppsett import BUCKET, Mottaker
from tiltaksflyt.delivery.kanal import (
    Channel,
    Hentetfil,
    KanalFeil,
    Kanalkode,
    Kanalstatus,
    SendOutcome,
    Underveis,
    Utfall,
)
from tiltaksflyt.delivery.package import (
    ByggetPakke,
    Forsegling,
    Pakke,
    Pakkedokument,
    PakkeFeil,
    Pakkekode,
    build_package,
)
from tiltaksflyt.delivery.sertifikater import Sertifikatfeil, Virksomhet, load_certificate, load_own
from tiltaksflyt.storage import Storage
from tiltaksflyt.storage.nokler import PAKKEENDELSE

__all__ = [
    "ByggetPakke",
    "Channel",
    "Forsegling",
    "Hentetfil",
    "KanalFeil",
    "Kanalkode",
    "Kanalstatus",
    "Pakke",
    "PakkeFeil",
    "Pakkedokument",
    "Pakkekode",
    "SendOutcome",
    "Sertifikatfeil",
    "Underveis",
    "Utfall",
    "Virksomhet",
    "build_package",
    "inbox_key",
    "load_certificate",
    "load_own",
    "open_channel",
]


def open_channel(mottaker: Mottaker, *, storage: Storage, katalog: Path) -> Channel:
    """The channel to one recipient, by its set-up. Key files are named relative to `katalog`.

    A channel is imported when it is asked for: most tasks open none, and their clients take long to read.
    """
    innstillinger = mottaker.innstillinger
    match mottaker.kanal:
        case "sftp":
            from tiltaksflyt.delivery import sftp

            return sftp.SftpChannel(sftp.read_oppsett(innstillinger, katalog))
        case "altinn":
            from tiltaksflyt.delivery import altinn

            return altinn.AltinnChannel(altinn.read_oppsett(innstillinger, katalog, mottaker.nokkel))
        case "eformidling":
            from tiltaksflyt.delivery import eformidling

            return eformidling.EformidlingChannel(eformidling.read_oppsett(innstillinger, katalog, mottaker.nokkel))
        case "https":
            from tiltaksflyt.delivery import https

            return https.HttpsChannel(https.read_oppsett(innstillinger, katalog, mottaker.nokkel))
        case "manuell":
            from tiltaksflyt.delivery.manuell import ManuellChannel

            return ManuellChannel(storage, mottaker.nokkel, mottaker.navn)
        case _:
            from tiltaksflyt.delivery.bucket import BucketChannel

            return BucketChannel(storage, innstillinger["inn"], innstillinger["kvitteringer"])


def inbox_key(mottaker: Mottaker, leveranse_id: str) -> str | None:
    """Where in our own bucket a recipient fetches a package; None for one that is reached in another way."""
    return f"{mottaker.innstillinger['inn']}/{leveranse_id}{PAKKEENDELSE}" if mottaker.kanal == BUCKET else None
