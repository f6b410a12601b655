"""Where the key-encryption keys are: a folder of files, a master key, or a key service."""

from tiltaksflyt.nokkelvern.oppsett import open_nokkelvern
from tiltaksflyt.nokkelvern.vault import Vaultvern

__all__ = ["Vaultvern", "open_nokkelvern"]
