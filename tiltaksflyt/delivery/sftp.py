"""The SFTP channel: `<name>.part`, all bytes, fsync where the server offers it, then a plain rename.

Two workers that send the same package write the same bytes to the same places of the same `.part`, which is never cut
short, so whoever renames first renames a whole file. posix_rename is never used: it would write over what is there.
"""

import asyncio
import os
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from tiltaksflyt.delivery.kanal import MAKS_KVITTERING, Filkanal, Hentetfil, KanalFeil, Kanalkode, SendOutcome
from tiltaksflyt.delivery.package import Pakke

# At INFO it tells of every connection, channel and login: twenty lines before the answer of a command.
asyncssh.set_log_level("WARNING")

T = TypeVar("T")
_DELFIL = ".part"
_MAKS_FILER = 1000
# How much is under way at once. Two workers that write the same package repair each other's holes within it.
_STREKK = 8 << 20

# The first that fits counts, so the particular stand before the general.
_KODER: tuple[tuple[type[BaseException], Kanalkode], ...] = (
    (asyncssh.HostKeyNotVerifiable, Kanalkode.UKJENT_VERTSNOKKEL),
    (asyncssh.PermissionDenied, Kanalkode.TILGANG_NEKTET),
    (asyncssh.KeyExchangeFailed, Kanalkode.UGYLDIG_OPPSETT),
    (asyncssh.ChannelOpenError, Kanalkode.KANAL_OPPTATT),
    (asyncssh.SFTPNoSuchFile, Kanalkode.MAPPE_MANGLER),
    (asyncssh.SFTPNoSuchPath, Kanalkode.MAPPE_MANGLER),
    (asyncssh.SFTPPermissionDenied, Kanalkode.TILGANG_NEKTET),
    (asyncssh.SFTPWriteProtect, Kanalkode.TILGANG_NEKTET),
    (asyncssh.SFTPNoSpaceOnFilesystem, Kanalkode.FULLT_LAGER),
    (asyncssh.SFTPQuotaExceeded, Kanalkode.FULLT_LAGER),
    (asyncssh.SFTPError, Kanalkode.AVBRUTT),
    (asyncssh.Error, Kanalkode.KANAL_NEDE),
    (TimeoutError, Kanalkode.KANAL_NEDE),
    (OSError, Kanalkode.KANAL_NEDE),
)


@dataclass(frozen=True)
class Sftpoppsett:
    """How one recipient is reached. `vertsnokkel` is its public key as OpenSSH writes it: the only one we accept."""

    vert: str
    port: int
    bruker: str
    nokkelfil: Path
    vertsnokkel: str
    inn: str
    kvitteringer: str
    tilkobling: timedelta = timedelta(seconds=15)
    overforing: timedelta = timedelta(minutes=5)


def read_oppsett(innstillinger: Mapping[str, Any], katalog: Path) -> Sftpoppsett:
    """The set-up of a recipient in mottakere.yaml; its key file is named from `katalog`."""
    return Sftpoppsett(
        vert=innstillinger["vert"],
        port=innstillinger["port"],
        bruker=innstillinger["bruker"],
        nokkelfil=katalog / innstillinger["nokkelfil"],
        vertsnokkel=innstillinger["vertsnokkel"],
        inn=innstillinger["inn"],
        kvitteringer=innstillinger["kvitteringer"],
    )


class SftpChannel(Filkanal):
    """One recipient's SFTP server. Each call is one connection."""

    def __init__(self, oppsett: Sftpoppsett) -> None:
        self._oppsett = oppsett

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """Bring the package to the recipient, whole or not at all. What an earlier attempt left is gone on with."""
        del bind
        try:
            kode = self._run(lambda sftp: self._send(sftp, pakke))
        except KanalFeil as feil:
            return SendOutcome(feil.kode)
        return SendOutcome(kode)

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that lie ready, at most a thousand at a time."""
        return self._run(self._collect)

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove receipts that are recorded."""
        self._run(lambda sftp: self._discard(sftp, filer))

    def _run(self, gjor: Callable[[asyncssh.SFTPClient], Awaitable[T]]) -> T:
        async def connected() -> T:
            async with asyncio.timeout(self._oppsett.overforing.total_seconds()), self._connect() as sftp:
                return await gjor(sftp)

        try:
            return asyncio.run(connected())
        except tuple(klasse for klasse, _ in _KODER) as feil:
            kode = next(kode for klasse, kode in _KODER if isinstance(feil, klasse))
        # Outside the except block: what the other side said does not come along as context.
        raise KanalFeil(kode)

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[asyncssh.SFTPClient]:
        oppsett = self._oppsett
        egen, deres = _read_keys(oppsett)
        async with (
            asyncssh.connect(
                oppsett.vert,
                oppsett.port,
                username=oppsett.bruker,
                client_keys=[egen],
                known_hosts=([deres], [], []),
                # Every kind is asked for, so that a key of another kind is seen and refused, not merely a failed line.
                server_host_key_algs="default",
                # Nobody's ~/.ssh decides where personal data go, and no agent lends its keys.
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                connect_timeout=oppsett.tilkobling.total_seconds(),
                login_timeout=oppsett.tilkobling.total_seconds(),
                keepalive_interval=oppsett.tilkobling.total_seconds(),
            ) as forbindelse,
            forbindelse.start_sftp_client() as sftp,
        ):
            yield sftp

    async def _send(self, sftp: asyncssh.SFTPClient, pakke: Pakke) -> Kanalkode:
        mal = posixpath.join(self._oppsett.inn, pakke.filnavn)
        delfil = mal + _DELFIL
        if (funnet := await _size(sftp, mal)) is not None:
            return _compare(funnet, pakke)
        if not await _upload(sftp, delfil, pakke):
            return Kanalkode.AVBRUTT
        try:
            await sftp.rename(delfil, mal)
        except asyncssh.SFTPError:
            # Another worker was first, or the server said no; what lies there now tells which.
            funnet = await _size(sftp, mal)
            if funnet is None:
                raise
            await _remove(sftp, delfil)
            return _compare(funnet, pakke)
        return Kanalkode.OVERFORT

    async def _collect(self, sftp: asyncssh.SFTPClient) -> tuple[Hentetfil, ...]:
        navn = []
        async for oppforing in sftp.scandir(self._oppsett.kvitteringer):
            ett = os.fsdecode(oppforing.filename)
            if oppforing.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR and not ett.endswith(_DELFIL):
                navn.append(ett)
        return tuple([await self._fetch(sftp, ett) for ett in sorted(navn)[:_MAKS_FILER]])

    async def _fetch(self, sftp: asyncssh.SFTPClient, navn: str) -> Hentetfil:
        async with sftp.open(posixpath.join(self._oppsett.kvitteringer, navn), "rb") as fil:
            return Hentetfil(navn, await fil.read(MAKS_KVITTERING + 1))

    async def _discard(self, sftp: asyncssh.SFTPClient, filer: Iterable[Hentetfil]) -> None:
        for fil in filer:
            await _remove(sftp, posixpath.join(self._oppsett.kvitteringer, fil.navn))


def _read_keys(oppsett: Sftpoppsett) -> tuple[asyncssh.SSHKey, asyncssh.SSHKey]:
    """Our own private key and the recipient's public one. Raises KanalFeil without a word of what the files say."""
    try:
        return asyncssh.read_private_key(oppsett.nokkelfil), asyncssh.import_public_key(oppsett.vertsnokkel)
    except (OSError, ValueError):
        pass
    raise KanalFeil(Kanalkode.UGYLDIG_OPPSETT)


async def _upload(sftp: asyncssh.SFTPClient, delfil: str, pakke: Pakke) -> bool:
    """Write what is not there yet, without cutting the file short first. False when it is not as long as the package.

    Within a stretch blocks may arrive in any order, so the last one that lies there may have holes: it is written anew.
    """
    fra = max(0, (await _size(sftp, delfil) or 0) - _STREKK)
    with pakke.fil.open("rb") as innhold:
        innhold.seek(fra)
        async with sftp.open(delfil, asyncssh.FXF_WRITE | asyncssh.FXF_CREAT, encoding=None) as fil:
            while strekk := innhold.read(_STREKK):
                await fil.write(strekk, fra)
                fra += len(strekk)
            with suppress(asyncssh.SFTPOpUnsupported):
                await fil.fsync()
    lengde = await _size(sftp, delfil)
    if lengde is not None and lengde != pakke.storrelse:
        # A longer leftover of the same name. What we remove here, the next attempt writes from the start.
        await _remove(sftp, delfil)
        return False
    return True


async def _size(sftp: asyncssh.SFTPClient, sti: str) -> int | None:
    try:
        attributter = await sftp.stat(sti)
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return None
    return int(attributter.size or 0)


async def _remove(sftp: asyncssh.SFTPClient, sti: str) -> None:
    with suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        await sftp.remove(sti)


def _compare(storrelse: int, pakke: Pakke) -> Kanalkode:
    return Kanalkode.FINNES_ALLEREDE if storrelse == pakke.storrelse else Kanalkode.ANNEN_PAKKE
