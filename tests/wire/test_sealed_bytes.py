"""Pin encrypted payloads: what is in the ledger is opened for decades."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from certs.readers import Opener, Sealed
from tongban.envelope.v1.envelope_pb2 import EncryptedPayload

# Encryption differs each time, so this one is kept: to the hub of jilin.test, with the key below.
KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SEALED = bytes.fromhex(
    "0a3f46d8cf696beba57fa2504b81eb42d339e3d34275ca7be33f88299c807cca1b2ea30e323b819628d1baf2f7336b8441745234fadb59e6f16c652c"
    "49a979e1c6120c91c4d76e59f54da31af74d261a590a0368756212205343217b7cb38a2429cb1b15e9c60f3945f192b4ffefbb3f9fe75a4eafeb2528"
    "1a30526f786d1fee06df8bf11b7b2f8b82af9abb303911066087e1e37262475a3c967455293c4f45dce0130d7ba902cd153d"
)


def test_an_old_payload_opens_for_its_reader() -> None:
    sealed = Sealed.of(EncryptedPayload.FromString(SEALED))
    assert Opener("hub", KEY, "jilin.test").open(b"a header", sealed) == b"a licence event"
    assert sealed.message().SerializeToString() == SEALED
