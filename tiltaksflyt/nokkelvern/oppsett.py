"""Which key protection a deployment has, read from its set-up (schemas/json/nokkelvern.schema.json)."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.loader import load
from tiltaksflyt.delivery.kanal import KanalFeil
from tiltaksflyt.ledger import Filnokkelvern, Hovednokkelvern, LedgerFeil, Nokkelvern
from tiltaksflyt.ledger.nokkelvern import read_closed
from tiltaksflyt.nokkelvern.vault import Vaultvern

_LINJE = re.compile(r"([1-9][0-9]{0,8}) ([A-Za-z0-9+/]+=*)")


def open_nokkelvern(verdi: str, miljo: Mapping[str, str]) -> Nokkelvern:
    """The key protection that `verdi` names: a file `*.yaml` that describes it, else the folder of the key files.

    Raises UgyldigFil, and LedgerFeil when a secret is missing, open to others or not what it should be.
    """
    if not verdi.endswith(".yaml"):
        return Filnokkelvern(Path(verdi))
    fil = Path(verdi)
    valg: dict[str, Any] = load(fil, "nokkelvern")
    if valg["type"] == "FIL":
        return Filnokkelvern(fil.parent / valg["katalog"])
    if valg["type"] == "HOVEDNOKKEL":
        return Hovednokkelvern(_read_master_keys(valg, fil.parent, miljo))
    anker = valg.get("tillitsanker")
    try:
        return Vaultvern(
            valg["adresse"],
            tokenfil=fil.parent / valg["tokenfil"],
            motor=valg.get("motor", "transit"),
            navnerom=valg.get("navnerom"),
            tillitsanker=fil.parent / anker if anker else None,
        )
    except KanalFeil:
        pass
    raise LedgerFeil("KMS_OPPSETT", fil.name, "the address is https (http only to this machine), the CA file readable")


def _read_master_keys(valg: Mapping[str, str], katalog: Path, miljo: Mapping[str, str]) -> dict[int, bytes]:
    if "fil" in valg:
        hemmelig = read_closed(katalog / valg["fil"]).decode("ascii", "replace")
    else:
        hemmelig = miljo.get(valg["miljovariabel"], "")
    nokler: dict[int, bytes] = {}
    for linje in filter(None, (linje.strip() for linje in hemmelig.splitlines())):
        treff = _LINJE.fullmatch(linje)
        nokkel = _decode(treff.group(2)) if treff else None
        if treff is None or nokkel is None or int(treff.group(1)) in nokler:
            raise LedgerFeil("KEK_FORM", "hovednokkel", "one line a version: its number, a blank, base64 of 32 bytes")
        nokler[int(treff.group(1))] = nokkel
    return nokler


def _decode(tekst: str) -> bytes | None:
    try:
        return b64decode(tekst, validate=True)
    except binascii.Error:
        return None
