"""The same over TLS: a connection counts as established only after the handshake."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kaimedia.providers.http.deadline import POOLS, Attempt, limited
from tests.contract.providers.loopback import Loopback, drip, reply, serving


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "loopback.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Loopback]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as server:
        yield server


def test_a_secure_connection_is_marked_after_its_handshake(secure: Loopback, certificate: Path) -> None:
    secure.will(reply({"code": 200}))
    port = int(secure.url.rsplit(":", 1)[1])
    with POOLS["https"]("127.0.0.1", port, ca_certs=str(certificate)) as pool:  # type: ignore[call-arg]
        with limited(Attempt(time.monotonic() + 5)) as attempt:
            assert pool.request("GET", "/x", retries=False).status == 200
        assert attempt.is_connected
        with limited(Attempt(time.monotonic() + 5)) as attempt:
            assert pool.request("GET", "/x", retries=False).status == 200
        assert not attempt.is_connected  # the old connection was used again
    stranger = POOLS["https"]("127.0.0.1", port)
    with limited(Attempt(time.monotonic() + 5)) as attempt, pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        stranger.request("GET", "/x", retries=False)
    assert not attempt.is_connected
    stranger.close()


def test_a_dripping_secure_server_is_cut_off(secure: Loopback, certificate: Path) -> None:
    secure.will(drip(secure, b"HTTP/1.1 200 OK\r\nX-Slow: "))
    port = int(secure.url.rsplit(":", 1)[1])
    started = time.monotonic()
    with (
        POOLS["https"]("127.0.0.1", port, ca_certs=str(certificate), timeout=5.0) as pool,  # type: ignore[call-arg]
        limited(Attempt(time.monotonic() + 0.5)),
        pytest.raises(Exception, match=r"timed out|total time"),
    ):
        pool.request("GET", "/x", retries=False)
    assert time.monotonic() - started < 15  # else it never ends
