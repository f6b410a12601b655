"""Where the bytes of a package lie: in our own store until it is answered, and with whoever hands it over."""

from tiltaksflyt.ledger import Leveranserad
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.storage import nokler


def remove_package(omgivelser: Omgivelser, rad: Leveranserad) -> None:
    """Remove every copy of a package, and forget its name and hash. Safe to do again."""
    omgivelser.storage.delete(nokler.pakke(rad.leveranse_id))
    remove_handed_over(omgivelser, rad)
    omgivelser.ledger.leveranser.package_removed(rad.leveranse_id)


def remove_handed_over(omgivelser: Omgivelser, rad: Leveranserad) -> None:
    """Remove what a person was to hand over and has not, or has no more need of."""
    omgivelser.storage.delete_prefix(nokler.manuell(rad.mottaker, rad.leveranse_id))
