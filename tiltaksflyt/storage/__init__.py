"""The bucket: the only room that speaks S3."""

from tiltaksflyt.storage.feil import Lagringskode, StorageFeil
from tiltaksflyt.storage.lager import Storage
from tiltaksflyt.storage.objekt import HVILETID, Objekt, Objektversjon, is_ready
from tiltaksflyt.storage.oppsett import Bucketoppsett, ManglerOppsett, read_oppsett

__all__ = [
    "HVILETID",
    "Bucketoppsett",
    "Lagringskode",
    "ManglerOppsett",
    "Objekt",
    "Objektversjon",
    "Storage",
    "StorageFeil",
    "is_ready",
    "read_oppsett",
]
