"""The other side: takes packages, verifies, answers. A reference, labelled so; it is not NAV's receiver.

Knows schemas/ and nothing else of this project, so that it can be read as a description of what a recipient does.
"""

from tiltaksflyt.referansemottak.forsegling import Apner
from tiltaksflyt.referansemottak.liste import publish_list
from tiltaksflyt.referansemottak.mottak import Mottak, Mottaksoppsett
from tiltaksflyt.referansemottak.pakkeleser import Grenser
from tiltaksflyt.referansemottak.register import Melding, Mottatt
from tiltaksflyt.referansemottak.tjeneste import Referansemottak, read_nokler

__all__ = [
    "Apner",
    "Grenser",
    "Melding",
    "Mottak",
    "Mottaksoppsett",
    "Mottatt",
    "Referansemottak",
    "publish_list",
    "read_nokler",
]
