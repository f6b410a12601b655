"""Packages out, receipts in. One small protocol, and a channel for each kind of recipient."""

from pathlib import Path

from schemas.oppsett import Mottaker
from tiltaksflyt.delivery import eformidling
from tiltaksflyt.delivery.bucket import BucketChannel
from tiltaksflyt.delivery.eformidling import EformidlingChannel
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
from tiltaksflyt.delivery.manuell import ManuellChannel
from tiltaksflyt.delivery.package import ByggetPakke, Pakke, Pakkedokument, PakkeFeil, build_package
from tiltaksflyt.delivery.sftp import SftpChannel, read_oppsett
from tiltaksflyt.storage import Storage

__all__ = [
    "ByggetPakke",
    "Channel",
    "Hentetfil",
    "KanalFeil",
    "Kanalkode",
    "Kanalstatus",
    "Pakke",
    "PakkeFeil",
    "Pakkedokument",
    "SendOutcome",
    "Underveis",
    "Utfall",
    "build_package",
    "open_channel",
]


def open_channel(mottaker: Mottaker, *, storage: Storage, katalog: Path) -> Channel:
    """The channel to one recipient, by its set-up. Key files are named relative to `katalog`."""
    if mottaker.kanal == "sftp":
        return SftpChannel(read_oppsett(mottaker.innstillinger, katalog))
    if mottaker.kanal == "eformidling":
        return EformidlingChannel(eformidling.read_oppsett(mottaker.innstillinger, katalog, mottaker.nokkel))
    if mottaker.kanal == "manuell":
        return ManuellChannel(storage, mottaker.nokkel, mottaker.navn)
    return BucketChannel(storage, mottaker.innstillinger["inn"], mottaker.innstillinger["kvitteringer"])
