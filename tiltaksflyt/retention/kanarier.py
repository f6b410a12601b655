"""The identities that the sweep of a test deployment looks for, each with the first day on which it must be gone.

One line each: `YYYY-MM-DD<TAB>identity`. Only a test deployment has such a file, and only synthetic persons are in it.
"""

from datetime import date
from pathlib import Path


class UlesteKanarier(Exception):
    """A line of the file of canaries is not a day and an identity. The text gives the line number only."""

    kode = "ULESTE_KANARIER"


def due_canaries(fil: Path | None, dato: date) -> tuple[str, ...]:
    """The identities that must be gone on `dato`. Raises UlesteKanarier."""
    if fil is None or not fil.exists():
        return ()
    forfalte = []
    for nummer, linje in enumerate(fil.read_text(encoding="utf-8").splitlines(), start=1):
        dag, skille, verdi = linje.partition("\t")
        try:
            borte_fra = date.fromisoformat(dag)
        except ValueError:
            raise UlesteKanarier(f"line {nummer} does not begin with a day") from None
        if not skille or not verdi:
            raise UlesteKanarier(f"line {nummer} lacks the identity after the tab")
        if borte_fra <= dato:
            forfalte.append(verdi)
    return tuple(forfalte)
