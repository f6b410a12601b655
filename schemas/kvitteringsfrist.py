"""How long a recipient may leave a package unanswered before somebody is told: data, with its reason."""

from functools import cache

from schemas.loader import SCHEMAS, load


@cache
def kvitteringsfrist_dager() -> int:
    """Working days after the day of sending, for a recipient that has no number of its own. Raises UgyldigFil."""
    innhold = load(SCHEMAS / "regelverk" / "kvitteringsfrist.yaml", "kvitteringsfrist")
    return int(innhold["virkedager"]["verdi"])
