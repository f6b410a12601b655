"""Another process at the same key store while its KEKs are rotated. Started by the tests, never imported.

bruk  stores, reads and destroys keys until the file `stopp` is there; says how often
roter rotates, and kills itself at the point that is named
"""

import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tiltaksflyt.ledger import Filnokkelvern, Nokkellager, open_key_store
from tiltaksflyt.ledger.nokkelrotasjon import rotate

AVSENDER = "889640782"


class Selvdrap(Filnokkelvern):
    """Ends the process, as a power cut does, at one point of a rotation."""

    def __init__(self, katalog: Path, punkt: str) -> None:
        super().__init__(katalog)
        self._punkt = punkt
        self._bunter = 0

    def _pass(self, punkt: str) -> None:
        if punkt == self._punkt:
            os.kill(os.getpid(), signal.SIGKILL)

    def renew(self, eier: str, versjon: int) -> None:
        self._pass("før ny")
        super().renew(eier, versjon)
        self._pass("etter ny")

    def rewrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        self._bunter += 1
        self._pass(f"bunt {self._bunter}")
        return super().rewrap(eier, pakker)

    def retire(self, eier: str, foer: int) -> bool:
        self._pass("før gammel")
        svar = super().retire(eier, foer)
        self._pass("etter gammel")
        return svar


def _use(lager: Nokkellager, stopp: Path) -> int:
    egne: dict[str, bytes] = {}
    oppslag = lager.lookup_key(AVSENDER)
    runder = 0
    while not stopp.exists():
        egne |= dict(lager.create(AVSENDER, 3))
        slettet = next(iter(egne))
        assert lager.destroy([slettet]) == 1
        del egne[slettet]
        assert lager.get_many([*egne, slettet]) == egne
        lager._oppslag.clear()  # the lookup key too is read again, and not from memory
        assert lager.lookup_key(AVSENDER) == oppslag
        runder += 1
        if runder in (1, 20):
            os.write(1, b"i gang\n")
    return runder


def main() -> int:
    oppgave, url, kek, sist = sys.argv[1:]
    if oppgave == "bruk":
        lager = open_key_store(url, Filnokkelvern(Path(kek)))
        os.write(1, f"{_use(lager, Path(sist))}\n".encode())
    else:
        lager = open_key_store(url, Selvdrap(Path(kek), sist))
        rotate(lager, AVSENDER, datetime.now(UTC))
    lager.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
