"""Make the secret files that docker-compose.yml mounts, each once: python -m deploy.hemmeligheter FOLDER.

What exists is kept, so it can be run again, and with more senders. Files that belong together (a password and the
passfile with it) are made from each other. No password ends with a newline: Airflow takes what `cat` prints as it is.
"""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import asyncssh
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.lokalt.seaweedfs import avsenderrettigheter
from schemas.identer import check_orgnr

BRUKER = 10001
"""The user and group that every container runs as."""

BUCKET = "tiltaksflyt"
IDENTITETER = "identiteter"
"""The folder with one S3 identity a file, which s3_identiteter is made from. No container sees it."""

_DATABASER = ("airflow", "ledger", "nokkellager")
_SEAWEEDFS = {
    "jwt.signing": "key",
    "jwt.signing.read": "key",
    "jwt.filer_signing": "key",
    "jwt.filer_signing.read": "key",
    "s3.sse": "kek",
    "admin": "password",
}


def make_secrets(katalog: Path, avsendere: tuple[str, ...] = ()) -> None:
    """Make what is missing in `katalog`, mode 0600, with an S3 identity for each sender's organisasjonsnummer.

    As root, everything is given to the user of the containers. Raises ValueError for a number that is none.
    """
    for orgnr in avsendere:
        if not check_orgnr(orgnr).gyldig:
            raise ValueError("a sender is named by its organisasjonsnummer; the check digit is wrong")
    identiteter = katalog / IDENTITETER
    for mappe in (katalog, identiteter):
        mappe.mkdir(mode=0o700, parents=True, exist_ok=True)
    for database in _DATABASER:
        passord = _once(katalog / f"passord_{database}", _token)
        _once_bytes(katalog / f"passfil_{database}", partial(_passfile, database, passord))
    redis = _once(katalog / "redis_conf", lambda: f"requirepass {_token()}").removeprefix("requirepass ")
    _once(katalog / "redis_url", lambda: f"redis://:{redis}@redis:6379/0")
    _once(katalog / "fernet_key", lambda: Fernet.generate_key().decode())
    _once(katalog / "api_secret_key", _token)
    _once(katalog / "jwt_secret", _token)
    _once(katalog / "ui_passord", lambda: json.dumps({"admin": secrets.token_urlsafe(18)}))
    _once(katalog / "seaweedfs_security", _seaweedfs_security)
    _once_bytes(katalog / "signeringsnokkel", lambda: os.urandom(32))
    _once_bytes(katalog / "virksomhetsnokkel", _organisation_key)
    _once(katalog / "sftp_nokkel", lambda: asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode())
    drift = json.loads(_once(katalog / "s3_drift", _s3_key))
    _identity(identiteter, "drift", ("Admin", "Read", "Write", "List", "Tagging"), drift)
    for orgnr in avsendere:
        _identity(identiteter, orgnr, avsenderrettigheter(BUCKET, orgnr), json.loads(_s3_key()))
    alle = [json.loads(fil.read_text(encoding="utf-8")) for fil in sorted(identiteter.glob("*.json"))]
    _write(katalog / "s3_identiteter", json.dumps({"identities": alle}).encode())
    if os.geteuid() == 0:
        for sti in (katalog, *katalog.rglob("*")):
            os.chown(sti, BRUKER, BRUKER)


def _passfile(database: str, passord: str) -> bytes:
    return f"postgres-{database}:5432:tiltaksflyt:tiltaksflyt:{passord}".encode()


def _organisation_key() -> bytes:
    """The key that an organisation certificate is asked for. One that came with its certificate is put in its place."""
    nokkel = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return nokkel.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _token() -> str:
    return secrets.token_hex(32)


def _s3_key() -> str:
    return json.dumps({"tilgangsnokkel": f"TF{secrets.token_hex(9).upper()}", "hemmelig": secrets.token_urlsafe(30)})


def _seaweedfs_security() -> str:
    return "\n".join(f'[{seksjon}]\n{felt} = "{_token()}"' for seksjon, felt in _SEAWEEDFS.items())


def _identity(mappe: Path, navn: str, handlinger: tuple[str, ...], nokkel: dict[str, str]) -> None:
    identitet = {
        "name": navn,
        "credentials": [{"accessKey": nokkel["tilgangsnokkel"], "secretKey": nokkel["hemmelig"]}],
        "actions": list(handlinger),
    }
    _once(mappe / f"{navn}.json", lambda: json.dumps(identitet))


def _once(fil: Path, make: Callable[[], str]) -> str:
    return _once_bytes(fil, lambda: make().encode()).decode()


def _once_bytes(fil: Path, make: Callable[[], bytes]) -> bytes:
    if not fil.exists():
        _write(fil, make())
    return fil.read_bytes()


def _write(fil: Path, innhold: bytes) -> None:
    """Whole or not at all, and never readable to others."""
    ny = fil.with_name(f".{fil.name}.ny")
    ny.unlink(missing_ok=True)
    with os.fdopen(os.open(ny, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as strom:
        strom.write(innhold)
    ny.replace(fil)


def main(argumenter: list[str] | None = None) -> int:
    """The program. Prints the names of the files, never what is in them."""
    leser = argparse.ArgumentParser(prog="python -m deploy.hemmeligheter", description=__doc__)
    leser.add_argument("katalog", type=Path, help="the folder that docker-compose.yml mounts from: hemmeligheter")
    leser.add_argument("--avsender", action="append", default=[], metavar="ORGNR", help="a sender that needs a key")
    valg = leser.parse_args(argumenter)
    try:
        make_secrets(valg.katalog, tuple(valg.avsender))
    except ValueError as feil:
        sys.stderr.write(f"{feil}\n")
        return 64
    sys.stdout.write("".join(f"{fil.relative_to(valg.katalog)}\n" for fil in sorted(valg.katalog.rglob("[!.]*"))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
