"""Open channels to the hub.

Laws: the exchange is spoken to with the hall's certificate only, and both ways trust the province's root alone; a renewed
certificate needs a new channel.
"""

import grpc
from grpc import aio

from certs.tls import CertificateFiles, agent_channel_credentials, enrolment_channel_credentials
from node_agent.config import Config
from node_agent.hall_keys import ROOT, TLS_CHAIN, TLS_KEY, HallKeys

MESSAGE_BYTES = 16 * 1024 * 1024
"""What a channel takes in one message: above any frame that the hub may be configured to send."""

CONNECT_MS = 20_000
"""What gRPC gives one attempt to connect, handshakes and all, whatever its option is called: a slow line needs seconds."""


def _options(config: Config) -> list[tuple[str, str | int]]:
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", int(config.link.keepalive.total_seconds() * 1000)),
        ("grpc.keepalive_timeout_ms", 5_000),
        # The link backs off itself; the channel must not sleep on when it is asked again.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", CONNECT_MS),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_http_proxy", 0),
    ]
    if config.hub.server_name:
        options.append(("grpc.ssl_target_name_override", config.hub.server_name))
    return options


def exchange_channel(config: Config, keys: HallKeys) -> aio.Channel:
    """Open a channel to the exchange; raises OSError or CertsError when the hall's certificate cannot be read."""
    files = CertificateFiles(keys.folder / TLS_KEY, keys.folder / TLS_CHAIN, keys.folder / ROOT)
    return aio.secure_channel(keys.exchange_address, agent_channel_credentials(files), options=_options(config))


def enrolment_channel(config: Config, root: bytes) -> aio.Channel:
    """Open a channel to the enrolment server, which must show a certificate under this root (PEM)."""
    return aio.secure_channel(config.hub.enrolment_address, enrolment_channel_credentials(root), options=_options(config))


def is_offline(code: grpc.StatusCode) -> bool:
    """Tell whether a status without the hub's reason says that the hub was not reached, or was lost, rather than that it refused.

    INTERNAL is gRPC's own word for a stream that ended under a write.
    """
    return code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL}
