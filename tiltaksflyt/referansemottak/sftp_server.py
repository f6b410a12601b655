"""The door: an SFTP server with keys only, where each sender sees its own two folders and nothing else.

A sender writes in `inn`, and renames there what it has written; it reads and removes in `kvitteringer`. No shell, no
forwarding, no links, no new folders, nothing written over.
"""

import asyncio
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncssh

from tiltaksflyt.referansemottak.mottak import Mottak
from tiltaksflyt.referansemottak.register import INN, KVITTERINGER

_SKRIVER = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
_DELFIL = ".part"
_NEI = "not allowed here"
_TO_LEDD = 2


Nokler = Mapping[str, Sequence[asyncssh.SSHKey]]


class Avsendermappe(asyncssh.SFTPServer):
    """One sender's view of its home."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], rot: Path, maks_bytes: int) -> None:
        super().__init__(chan, chroot=str(rot).encode())
        self._maks_bytes = maks_bytes

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Write in `inn`, read anywhere at home. The file gets our mode, whatever the sender asks for."""
        del attrs
        if pflags & _SKRIVER:
            self._require(path, INN)
        return super().open(path, pflags, asyncssh.SFTPAttrs(permissions=0o600))

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Refuse what the receiver would not take anyway."""
        if offset + len(data) > self._maks_bytes:
            raise asyncssh.SFTPFailure("the file is larger than this receiver takes")
        skrevet = super().write(file_obj, offset, data)
        assert isinstance(skrevet, int)  # noqa: S101  the base class writes at once; its type allows for others
        return skrevet

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Only within `inn`, and only to a name that is free."""
        self._require(oldpath, INN)
        self._require(newpath, INN)
        super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The same: OpenSSH's client asks for this one, and nothing is written over for its sake either."""
        self.rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        """A receipt that is read, or a half-sent file; a package that has arrived is ours."""
        mappe, navn = _split(path)
        if mappe != KVITTERINGER and not (mappe == INN and navn.endswith(_DELFIL)):
            raise asyncssh.SFTPPermissionDenied(_NEI)
        super().remove(path)

    def setstat(self, _path: bytes, _attrs: asyncssh.SFTPAttrs) -> None:
        """Clients set times and modes after an upload; here they mean nothing."""

    def lsetstat(self, _path: bytes, _attrs: asyncssh.SFTPAttrs) -> None:
        """As setstat."""

    def fsetstat(self, _file_obj: object, _attrs: asyncssh.SFTPAttrs) -> None:
        """As setstat."""

    def mkdir(self, _path: bytes, _attrs: asyncssh.SFTPAttrs) -> None:
        """Refused."""
        raise asyncssh.SFTPPermissionDenied(_NEI)

    def rmdir(self, _path: bytes) -> None:
        """Refused."""
        raise asyncssh.SFTPPermissionDenied(_NEI)

    def symlink(self, _oldpath: bytes, _newpath: bytes) -> None:
        """Refused."""
        raise asyncssh.SFTPPermissionDenied(_NEI)

    def link(self, _oldpath: bytes, _newpath: bytes) -> None:
        """Refused."""
        raise asyncssh.SFTPPermissionDenied(_NEI)

    def _require(self, path: bytes, mappe: str) -> None:
        if _split(path)[0] != mappe:
            raise asyncssh.SFTPPermissionDenied(_NEI)


def _split(path: bytes) -> tuple[str, str]:
    """The folder and the name of a path of two parts, however it is written; two empty texts for any other."""
    ledd = posixpath.normpath(posixpath.join(b"/", path)).decode("utf-8", "replace").strip("/").split("/")
    return (ledd[0], ledd[1]) if len(ledd) == _TO_LEDD else ("", "")


class _Dor(asyncssh.SSHServer):
    """Public keys only."""

    def __init__(self, nokler: Nokler, apne: set[asyncssh.SSHServerConnection]) -> None:
        self._nokler = nokler
        self._apne = apne
        self._forbindelse: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, so that stopping can end it."""
        self._forbindelse = conn
        self._apne.add(conn)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget it."""
        if self._forbindelse is not None:
            self._apne.discard(self._forbindelse)

    def public_key_auth_supported(self) -> bool:
        """Yes; and passwords not."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether the key is one of the user's."""
        return key in self._nokler.get(username, ())


class SftpServer:
    """The server on one port. Runs in the event loop that `start` was called in."""

    def __init__(self, mottak: Mottak, nokler: Nokler, maks_bytes: int) -> None:
        self._mottak = mottak
        self._nokler = nokler
        self._maks_bytes = maks_bytes
        self._apne: set[asyncssh.SSHServerConnection] = set()
        self._lytter: asyncssh.SSHAcceptor | None = None

    async def start(self, vert: str, port: int, vertsnokkel: asyncssh.SSHKey) -> int:
        """Listen, and return the port (chosen by the system when `port` is 0)."""
        self._lytter = await asyncssh.listen(
            vert,
            port,
            server_factory=lambda: _Dor(self._nokler, self._apne),
            server_host_keys=[vertsnokkel],
            sftp_factory=self._open_home,
            allow_scp=False,
            allow_pty=False,
            agent_forwarding=False,
            x11_forwarding=False,
            login_timeout=20,
            # Nobody's ~/.ssh decides what is let in.
            config=[],
            gss_host=None,
        )
        return int(self._lytter.get_port())

    async def stop(self) -> None:
        """Stop listening, and end what is open."""
        if self._lytter is not None:
            self._lytter.close()
            await self._lytter.wait_closed()
        apne = tuple(self._apne)
        for forbindelse in apne:
            forbindelse.abort()
        await asyncio.gather(*(forbindelse.wait_closed() for forbindelse in apne))

    def _open_home(self, chan: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        bruker = chan.get_extra_info("username")
        return Avsendermappe(chan, self._mottak.home(bruker), self._maks_bytes)
