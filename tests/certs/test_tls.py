import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from certs import authority, keys, tls
from certs.authority import Authority, Issuer, create_intermediate, create_province, create_root, load_authority
from certs.errors import IdentityInvalid, MalformedKey, UnknownKey
from certs.identity import caller_hall, read_chain
from certs.keys import PUBLIC, create_file, generate_tls_key, private_pem, replace_file, save_key
from certs.profiles import built_in
from certs.tls import CertificateFiles
from tests.certs.forging import CLIENT, SERVER, Forgery, uri

DOMAIN = "jilin.test"
HALL = uri("spiffe://jilin.test/hall/huadian")
WHO = "/test.Who/Am"
ECHO = "/test.Who/Echo"


async def who(_request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
    return b"".join(context.auth_context().get("x509_pem_cert", []))


async def echo(requests: AsyncIterator[bytes], _context: object) -> AsyncIterator[bytes]:
    async for request in requests:
        yield request


@asynccontextmanager
async def serving(credentials: grpc.ServerCredentials) -> AsyncIterator[str]:
    server = grpc.aio.server()
    methods = {"Am": grpc.unary_unary_rpc_method_handler(who), "Echo": grpc.stream_stream_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Who", methods),))
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield f"localhost:{port}"
    finally:
        await server.stop(0)


async def ask(address: str, credentials: grpc.ChannelCredentials) -> bytes:
    # A pool of its own: gRPC shares connections between channels that look the same.
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(address, credentials, options=options) as channel:
        return bytes(await channel.unary_unary(WHO, bytes, bytes)(b"", timeout=10))


async def refused(address: str, credentials: grpc.ChannelCredentials) -> bool:
    try:
        await ask(address, credentials)
    except grpc.aio.AioRpcError as error:
        return error.code() == grpc.StatusCode.UNAVAILABLE
    return False


@pytest.fixture(scope="module")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def hub(tmp_path: Path, now: datetime) -> Path:
    create_province(tmp_path / "ca", DOMAIN, ["localhost"], now)
    return tmp_path / "ca" / "hub"


def exchange_files(hub: Path) -> CertificateFiles:
    return CertificateFiles(hub / authority.TLS_KEY, hub / authority.TLS_CHAIN, hub / authority.ROOT)


def client(issuer: Issuer, root: x509.Certificate, forgery: Forgery) -> grpc.ChannelCredentials:
    key = generate_tls_key()
    chain = forgery.sign(issuer, key.public_key()) + issuer.certificate.public_bytes(Encoding.PEM)
    return grpc.ssl_channel_credentials(root.public_bytes(Encoding.PEM), private_pem(key), chain)


async def test_a_hall_calls_the_exchange_under_its_name(hub: Path, tmp_path: Path, now: datetime) -> None:
    key = generate_tls_key()
    save_key(tmp_path / "node.key", key)
    create_file(tmp_path / "node.pem", load_authority(hub).issue_hall("huadian", key.public_key(), now), PUBLIC)
    files = CertificateFiles(tmp_path / "node.key", tmp_path / "node.pem", hub / "root.pem")
    async with serving(tls.exchange_server_credentials(exchange_files(hub))) as address:
        pem = await ask(address, tls.agent_channel_credentials(files))
    assert caller_hall(pem, DOMAIN, now).hall == "huadian"


async def test_the_handshake_refuses_who_is_not_of_the_province(hub: Path, now: datetime) -> None:
    made = load_authority(hub)
    stranger = create_intermediate(create_root(DOMAIN, now), ["localhost"], now)
    hall_as_issuer = Issuer(read_chain(made.issue_hall("huadian", (key := generate_tls_key()).public_key(), now))[0], key)
    good = Forgery(now, [HALL])
    expired = Forgery(now, [HALL], end=timedelta(seconds=-1))
    not_begun = Forgery(now, [HALL], begin=timedelta(days=1), end=timedelta(days=2))
    async with serving(tls.exchange_server_credentials(exchange_files(hub))) as address:
        assert await ask(address, client(made.intermediate, made.root, good))
        assert await refused(address, client(stranger, made.root, good))
        assert await refused(address, client(hall_as_issuer, made.root, good))
        for forgery in (expired, not_begun, Forgery(now, [HALL], usages=SERVER)):
            assert await refused(address, client(made.intermediate, made.root, forgery))
        assert await refused(address, tls.enrolment_channel_credentials(made.root.public_bytes(Encoding.PEM)))


@pytest.mark.parametrize("domain", ["evil.example", "sub.jilin.test"])
async def test_a_stolen_intermediate_certifies_no_hall_of_another_trust_domain(hub: Path, now: datetime, domain: str) -> None:
    made = load_authority(hub)
    foreign = Forgery(now, [uri(f"spiffe://{domain}/hall/huadian")])
    async with serving(tls.exchange_server_credentials(exchange_files(hub))) as address:
        assert await refused(address, client(made.intermediate, made.root, foreign))


@pytest.mark.parametrize("forgery_names", [[HALL, uri("spiffe://jilin.test/hall/dunhua")], [HALL]])
async def test_what_the_handshake_lets_through_names_no_hall(hub: Path, now: datetime, forgery_names: Sequence[x509.GeneralName]) -> None:
    made = load_authority(hub)
    forgery = Forgery(now, forgery_names, usages=None if len(forgery_names) == 1 else CLIENT)
    async with serving(tls.exchange_server_credentials(exchange_files(hub))) as address:
        pem = await ask(address, client(made.intermediate, made.root, forgery))
    with pytest.raises(IdentityInvalid):
        caller_hall(pem, DOMAIN, now)


async def test_an_agent_refuses_a_hub_that_is_not_of_its_province(hub: Path, tmp_path: Path, now: datetime) -> None:
    made = load_authority(hub)
    create_province(tmp_path / "other", DOMAIN, ["localhost"], now)
    own = client(made.intermediate, made.root, Forgery(now, [HALL]))
    async with serving(tls.exchange_server_credentials(exchange_files(tmp_path / "other" / "hub"))) as address:
        assert await refused(address, own)


@pytest.mark.parametrize(
    ("names", "usages"),
    [
        ([x509.DNSName("hub.evil.example")], SERVER),
        ([x509.IPAddress(ip_address("127.0.0.1"))], SERVER),
        ([HALL], CLIENT),
    ],
)
async def test_a_stolen_key_is_no_server_of_another_name(
    hub: Path, now: datetime, names: Sequence[x509.GeneralName], usages: Sequence[x509.ObjectIdentifier]
) -> None:
    made = load_authority(hub)
    key = generate_tls_key()
    chain = Forgery(now, names, usages).sign(made.intermediate, key.public_key()) + made.intermediate.certificate.public_bytes(Encoding.PEM)
    host = str(names[0].value) if usages == SERVER else "localhost"
    target = "127.0.0.1" if host == "127.0.0.1" else "localhost"
    options = [("grpc.ssl_target_name_override", host)] if host != target else []
    trusting = grpc.ssl_channel_credentials(made.root.public_bytes(Encoding.PEM))
    async with (
        serving(grpc.ssl_server_credentials([(private_pem(key), chain)])) as address,
        grpc.aio.secure_channel(address.replace("localhost", target), trusting, options=options) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError):
            await channel.unary_unary(WHO, bytes, bytes)(b"", timeout=10)


async def test_a_hub_with_an_address_for_a_name_is_reached_there(tmp_path: Path, now: datetime) -> None:
    create_province(tmp_path, DOMAIN, ["localhost", "127.0.0.1"], now)
    made = load_authority(tmp_path / "hub")
    async with serving(tls.exchange_server_credentials(exchange_files(tmp_path / "hub"))) as address:
        for host in ("localhost", "127.0.0.1"):
            assert await ask(address.replace("localhost", host), client(made.intermediate, made.root, Forgery(now, [HALL])))


async def test_enrolment_asks_for_no_certificate_and_a_token_is_enough_to_trust_it(hub: Path) -> None:
    files = CertificateFiles(hub / authority.ENROLMENT_KEY, hub / authority.ENROLMENT_CHAIN, hub / authority.ROOT)
    root = load_authority(hub).root
    async with serving(tls.enrolment_server_credentials(files)) as address:
        place = ("localhost", int(address.partition(":")[2]))
        found = await asyncio.to_thread(tls.presented_root, place, root.fingerprint(SHA256()))
        assert found == root.public_bytes(Encoding.PEM)
        assert await ask(address, tls.enrolment_channel_credentials(found)) == b""
        with pytest.raises(UnknownKey):
            await asyncio.to_thread(tls.presented_root, place, bytes(32))


def test_a_presented_root_is_not_waited_for_long() -> None:
    with pytest.raises(OSError, match="refused"):
        tls.presented_root(("127.0.0.1", 1), bytes(32), timeout_seconds=2)


def renew_server(hub: Path, made: Authority, now: datetime) -> None:
    key = generate_tls_key()
    replace_file(hub / authority.TLS_KEY, private_pem(key), keys.SECRET)
    replace_file(hub / authority.TLS_CHAIN, made.issue_hub(["localhost"], key.public_key(), now), PUBLIC)


async def server_serial(address: str) -> int:
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("localhost", int(address.partition(":")[2])))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


async def test_a_renewed_certificate_serves_new_connections_and_ends_no_stream(tmp_path: Path, now: datetime) -> None:
    create_province(tmp_path, DOMAIN, ["localhost"], now)
    hub = tmp_path / "hub"
    made = load_authority(hub)
    files = CertificateFiles(hub / authority.ENROLMENT_KEY, hub / authority.ENROLMENT_CHAIN, hub / authority.ROOT)
    root = made.root.public_bytes(Encoding.PEM)
    async with serving(tls.enrolment_server_credentials(files)) as address:
        before = await server_serial(address)
        async with grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(root)) as channel:
            stream = channel.stream_stream(ECHO, bytes, bytes)(None)
            await stream.write(b"before")
            assert await stream.read() == b"before"
            key = keys.load_tls_key(hub / authority.ENROLMENT_KEY)
            replace_file(hub / authority.ENROLMENT_CHAIN, made.issue_enrolment(["localhost"], key.public_key(), now), PUBLIC)
            assert await server_serial(address) != before
            await stream.write(b"after")
            assert await stream.read() == b"after"
            await stream.done_writing()
            assert await stream.code() == grpc.StatusCode.OK


async def test_half_written_files_leave_the_old_certificate_in_force(hub: Path, now: datetime) -> None:
    made = load_authority(hub)
    good = client(made.intermediate, made.root, Forgery(now, [HALL]))
    async with serving(tls.exchange_server_credentials(exchange_files(hub))) as address:
        key, before = generate_tls_key(), await server_serial(address)
        replace_file(hub / authority.TLS_KEY, private_pem(key), keys.SECRET)
        assert await ask(address, good)
        replace_file(hub / authority.TLS_CHAIN, b"garbage", PUBLIC)
        assert await ask(address, good)
        (hub / authority.TLS_CHAIN).unlink()
        assert await ask(address, good)
        assert await server_serial(address) == before
        chain = made.issue_hub(["localhost"], key.public_key(), now)
        create_file(hub / authority.TLS_CHAIN, chain, PUBLIC)
        assert await ask(address, good)
        assert await server_serial(address) == read_chain(chain)[0].serial_number


def test_files_are_read_again_only_when_one_has_changed(hub: Path, now: datetime) -> None:
    files = exchange_files(hub)
    first = files.read()
    assert files.read_if_changed() is None
    renew_server(hub, load_authority(hub), now)
    second = files.read_if_changed()
    assert second is not None
    assert second.chain != first.chain
    assert second.root == first.root
    assert files.read_if_changed() is None
    os.utime(hub / authority.ROOT, ns=(1, 1))
    assert files.read_if_changed() == second


def test_files_that_do_not_belong_together_are_named(hub: Path) -> None:
    files = exchange_files(hub)
    replace_file(hub / authority.TLS_KEY, private_pem(generate_tls_key()), keys.SECRET)
    with pytest.raises(MalformedKey, match=r"tls\.key is not the key of .*tls\.pem"):
        files.read()
    replace_file(hub / authority.TLS_CHAIN, b"", PUBLIC)
    with pytest.raises(IdentityInvalid, match=r"tls\.pem"):
        files.read()
    (hub / authority.ROOT).unlink()
    with pytest.raises(FileNotFoundError, match=r"root\.pem"):
        files.read()


def test_renewal_is_due_at_half_of_the_lifetime(now: datetime) -> None:
    root = create_root(DOMAIN, now)
    made = Authority(create_intermediate(root, ["localhost"], now), root.certificate, built_in())
    chain = made.issue_hall("huadian", generate_tls_key().public_key(), now)
    leaf = read_chain(chain)[0]
    middle = leaf.not_valid_before_utc + (leaf.not_valid_after_utc - leaf.not_valid_before_utc) / 2
    assert not tls.renewal_due(chain, middle - timedelta(seconds=1))
    assert tls.renewal_due(chain, middle)
    assert timedelta(days=44) < middle - now < timedelta(days=46)
    assert tls.not_after(chain) == leaf.not_valid_after_utc
