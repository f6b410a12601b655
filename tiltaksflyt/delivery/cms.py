"""Cryptographic Message Syntax (RFC 5652): a detached CAdES signature, and a stream encrypted for one recipient.

The keys and ciphers, and the ASN.1 of every part, are `cryptography`'s. Its own builders neither take the
signing-certificate attribute of CAdES nor RSA-OAEP, and hold what they encrypt in memory.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, BinaryIO

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ObjectIdentifier

_DATA = ObjectIdentifier("1.2.840.113549.1.7.1")
_SIGNED_DATA = ObjectIdentifier("1.2.840.113549.1.7.2")
_ENVELOPED_DATA = ObjectIdentifier("1.2.840.113549.1.7.3")
_CONTENT_TYPE = ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_TIME = ObjectIdentifier("1.2.840.113549.1.9.5")
_SIGNING_CERTIFICATE_V2 = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
_SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_SHA256_WITH_RSA = ObjectIdentifier("1.2.840.113549.1.1.11")
_RSA_OAEP = ObjectIdentifier("1.2.840.113549.1.1.7")
_MGF1 = ObjectIdentifier("1.2.840.113549.1.1.8")
_AES_256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")
_AES_BIT = 256
_BLOKK = 16
# Indefinite length: the parts that end only when the stream does (ITU-T X.690 8.1.3.6).
_APEN, _SLUTT = b"\x80", b"\x00\x00"
_SEKVENS, _INNHOLD = b"\x30", b"\xa0"


@asn1.sequence
class _Avtrykk:
    algorithm: ObjectIdentifier


@asn1.sequence
class _MedNull:
    algorithm: ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _Attributt:
    type: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _UtstederOgNummer:
    issuer: asn1.TLV
    serial_number: int


@asn1.sequence
class _EssCertId:
    cert_hash: bytes


@asn1.sequence
class _Signeringssertifikat:
    certs: list[_EssCertId]


@asn1.sequence
class _Innkapslet:
    content_type: ObjectIdentifier


@asn1.sequence
class _Signerer:
    version: int
    sid: _UtstederOgNummer
    digest_algorithm: _Avtrykk
    signed_attrs: Annotated[asn1.SetOf[_Attributt], asn1.Implicit(0)]
    signature_algorithm: _MedNull
    signature: bytes


@asn1.sequence
class _Signert:
    version: int
    digest_algorithms: asn1.SetOf[_Avtrykk]
    encap_content_info: _Innkapslet
    certificates: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]
    signer_infos: asn1.SetOf[_Signerer]


@asn1.sequence
class _Signaturmelding:
    content_type: ObjectIdentifier
    content: Annotated[_Signert, asn1.Explicit(0)]


@asn1.sequence
class _Maske:
    algorithm: ObjectIdentifier
    parameters: _MedNull


@asn1.sequence
class _OaepParametere:
    hash_algorithm: Annotated[_MedNull, asn1.Explicit(0)]
    mask_gen_algorithm: Annotated[_Maske, asn1.Explicit(1)]


@asn1.sequence
class _Nokkelkryptering:
    algorithm: ObjectIdentifier
    parameters: _OaepParametere


@asn1.sequence
class _Nokkelmottaker:
    version: int
    rid: _UtstederOgNummer
    key_encryption_algorithm: _Nokkelkryptering
    encrypted_key: bytes


@asn1.sequence
class _Innholdskryptering:
    algorithm: ObjectIdentifier
    initialization_vector: bytes


def sign_detached(
    avtrykk: bytes, *, nokkel: RSAPrivateKey, sertifikat: Certificate, kjede: Sequence[Certificate], tid: datetime
) -> bytes:
    """A signature over content that lies elsewhere, in DER: CAdES baseline B (ETSI EN 319 122-1).

    `avtrykk` is the SHA-256 of the content, `kjede` what leads from the certificate towards its root. `tid` is what
    the signer says the time is.
    """
    attributter = asn1.SetOf(
        [
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_MESSAGE_DIGEST, avtrykk),
            _attribute(_SIGNING_TIME, asn1.UTCTime(tid.astimezone(UTC).replace(microsecond=0))),
            _attribute(
                _SIGNING_CERTIFICATE_V2,
                _Signeringssertifikat(certs=[_EssCertId(cert_hash=sertifikat.fingerprint(hashes.SHA256()))]),
            ),
        ]
    )
    signerer = _Signerer(
        version=1,
        sid=_name(sertifikat),
        digest_algorithm=_Avtrykk(algorithm=_SHA256),
        signed_attrs=attributter,
        signature_algorithm=_MedNull(algorithm=_SHA256_WITH_RSA, parameters=asn1.Null()),
        signature=nokkel.sign(asn1.encode_der(attributter), rsa_padding.PKCS1v15(), hashes.SHA256()),
    )
    signert = _Signert(
        version=1,
        digest_algorithms=asn1.SetOf([_Avtrykk(algorithm=_SHA256)]),
        encap_content_info=_Innkapslet(content_type=_DATA),
        certificates=asn1.SetOf([_part(ett.public_bytes(Encoding.DER)) for ett in (sertifikat, *kjede)]),
        signer_infos=asn1.SetOf([signerer]),
    )
    return asn1.encode_der(_Signaturmelding(content_type=_SIGNED_DATA, content=signert))


class KryptertStrom:
    """Everything written to it goes to `ut` as EnvelopedData that only the holder of the certificate's key can read.

    AES-256-CBC under a key made here, which leaves only encrypted by RSA-OAEP with SHA-256. The lengths are indefinite
    (BER), so nothing waits for the end. `close` must be called, or what lies in `ut` is no message.
    """

    def __init__(self, ut: BinaryIO, sertifikat: Certificate) -> None:
        nokkel, vektor = os.urandom(_AES_BIT // 8), os.urandom(_BLOKK)
        self._ut = ut
        self._fyll = padding.PKCS7(_BLOKK * 8).padder()
        self._krypter = Cipher(algorithms.AES(nokkel), modes.CBC(vektor)).encryptor()
        ut.write(_SEKVENS + _APEN + asn1.encode_der(_ENVELOPED_DATA) + _INNHOLD + _APEN)
        ut.write(_SEKVENS + _APEN + asn1.encode_der(0) + asn1.encode_der(asn1.SetOf([_recipient(sertifikat, nokkel)])))
        algoritme = _Innholdskryptering(algorithm=_AES_256_CBC, initialization_vector=vektor)
        ut.write(_SEKVENS + _APEN + asn1.encode_der(_DATA) + asn1.encode_der(algoritme) + _INNHOLD + _APEN)

    def write(self, innhold: bytes) -> None:
        """Encrypt a stretch of the content."""
        self._put(self._krypter.update(self._fyll.update(innhold)))

    def close(self) -> None:
        """End the message. `ut` stays open."""
        self._put(self._krypter.update(self._fyll.finalize()) + self._krypter.finalize())
        # The encrypted content, EncryptedContentInfo, EnvelopedData, the content of ContentInfo, and ContentInfo.
        self._ut.write(_SLUTT * 5)

    def _put(self, kryptert: bytes) -> None:
        if kryptert:
            self._ut.write(asn1.encode_der(kryptert))


def _attribute(type_: ObjectIdentifier, verdi: object) -> _Attributt:
    return _Attributt(type=type_, values=asn1.SetOf([_part(asn1.encode_der(verdi))]))


def _part(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)


def _name(sertifikat: Certificate) -> _UtstederOgNummer:
    return _UtstederOgNummer(issuer=_part(sertifikat.issuer.public_bytes()), serial_number=sertifikat.serial_number)


def _recipient(sertifikat: Certificate, nokkel: bytes) -> _Nokkelmottaker:
    offentlig = sertifikat.public_key()
    if not isinstance(offentlig, RSAPublicKey):
        raise TypeError("a recipient's certificate holds an RSA key; load_certificate refuses others")
    sha256 = _MedNull(algorithm=_SHA256, parameters=asn1.Null())
    oaep = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)
    return _Nokkelmottaker(
        version=0,
        rid=_name(sertifikat),
        key_encryption_algorithm=_Nokkelkryptering(
            algorithm=_RSA_OAEP,
            parameters=_OaepParametere(
                hash_algorithm=sha256, mask_gen_algorithm=_Maske(algorithm=_MGF1, parameters=sha256)
            ),
        ),
        encrypted_key=offentlig.encrypt(nokkel, oaep),
    )
