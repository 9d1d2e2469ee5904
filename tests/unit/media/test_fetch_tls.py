"""Fetching over TLS still checks the name."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kaimedia.errors import FetchFailed
from kaimedia.media.fetch import fetch
from tests.unit.media.conftest import Resolver
from tests.unit.media.fault_server import reply


def _certificate(folder: Path, host: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize("host_name", ["media.example", "other.example"])
def test_tls_still_checks_the_name(
    host_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names_resolve: Resolver
) -> None:
    """The socket connects to a checked address, but SNI, certificate and Host use the name."""
    body, dest = bytes(range(256)) * 40, tmp_path / "file"
    pem = _certificate(tmp_path, "media.example")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    seen: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: seen.append(name)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        request_head: list[bytes] = []

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                try:
                    with context.wrap_socket(client, server_side=True) as secure:
                        request_head.append(secure.recv(65536))
                        reply(body)(secure)
                except OSError:
                    return  # the client did not like the certificate

        thread = threading.Thread(target=serve)
        thread.start()
        names_resolve({host_name: ["127.0.0.1"]})
        url, trusted = f"https://{host_name}:{port}/a", [f"{host_name}:{port}"]
        try:
            if host_name == "media.example":
                assert fetch(url, dest, max_bytes=100_000, trusted_hosts=trusted).size_bytes == len(body)
                assert f"Host: {host_name}:{port}".encode() in request_head[0]
            else:
                with pytest.raises(FetchFailed):
                    fetch(url, dest, max_bytes=100_000, trusted_hosts=trusted)
        finally:
            thread.join(5)
    assert seen == [host_name]
