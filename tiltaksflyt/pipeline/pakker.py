"""Where the bytes of a package lie in our bucket: stored, with whoever hands it over, and where it is fetched from."""

from tiltaksflyt.delivery import inbox_key
from tiltaksflyt.ledger import Leveranserad
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.storage import nokler


def remove_package(omgivelser: Omgivelser, rad: Leveranserad) -> None:
    """Remove every copy of a package that lies with us, and forget its name and hash. Safe to do again."""
    remove_handed_over(omgivelser, rad)
    for nokkel in _keys_of(omgivelser, rad.mottaker, rad.leveranse_id):
        omgivelser.storage.delete(nokkel)
    omgivelser.ledger.leveranser.package_removed(rad.leveranse_id)


def remove_handed_over(omgivelser: Omgivelser, rad: Leveranserad) -> None:
    """Remove what a person was to hand over and has not, or has no more need of."""
    omgivelser.storage.delete_prefix(nokler.manuell(rad.mottaker, rad.leveranse_id))


def places_of(omgivelser: Omgivelser, mottaker: str, leveranse_id: str) -> tuple[str, ...]:
    """Every key and folder in our bucket where a package to a recipient may lie."""
    return (*_keys_of(omgivelser, mottaker, leveranse_id), nokler.manuell(mottaker, leveranse_id))


def _keys_of(omgivelser: Omgivelser, mottaker: str, leveranse_id: str) -> tuple[str, ...]:
    kjent = omgivelser.oppsett.mottakere.get(mottaker)
    hentes_fra = inbox_key(kjent, leveranse_id) if kjent else None
    return tuple(nokkel for nokkel in (nokler.pakke(leveranse_id), hentes_fra) if nokkel is not None)
