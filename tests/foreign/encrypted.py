"""An authority, and clients of the sample service that speak TLS by grpcio, which has BoringSSL.

`encrypted.py issue FOLDER` writes the certificates and keys of a server, of its authority, of a client and of a
stranger. `encrypted.py call MODE ADDRESS FOLDER` calls the server in one of the modes `server` and `mutual`. Exits 0 if
everything is as it should be.
"""

import datetime
import pathlib
import sys

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc

SERVER = "greeter.test"


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(subject, key, issuer, issuer_key, names=(), authority=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def issue(folder):
    def write(stem, issued, key):
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{stem}.pem").write_bytes(issued.public_bytes(serialization.Encoding.PEM))
        (folder / f"{stem}.key").write_bytes(private)

    for authority, members in [("ca", ["server", "client"]), ("other", ["stranger"])]:
        ca_key = ec.generate_private_key(ec.SECP256R1())
        write(authority, certificate(authority, ca_key, authority, ca_key, authority=True), ca_key)
        for member in members:
            # The server's key is RSA: with curves, the tests of the workspace deal.
            key = rsa.generate_private_key(65537, 2048) if member == "server" else ec.generate_private_key(ec.SECP256R1())
            names = [x509.DNSName(SERVER)] if member == "server" else [x509.UniformResourceIdentifier(f"spiffe://acme/{member}")]
            write(member, certificate(member, key, authority, ca_key, names), key)


def answer(address, folder, authority, client):
    """The health of the server as this client sees it; none if it cannot connect."""
    read = lambda file: (folder / file).read_bytes()
    credentials = grpc.ssl_channel_credentials(
        read(f"{authority}.pem"),
        read(f"{client}.key") if client else None,
        read(f"{client}.pem") if client else None,
    )
    options = [("grpc.ssl_target_name_override", SERVER)]
    with grpc.secure_channel(address, credentials, options) as channel:
        try:
            health = health_pb2_grpc.HealthStub(channel)
            return health.Check(health_pb2.HealthCheckRequest(), timeout=10).status
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error
            return None


def call(mode, address, folder):
    serving = health_pb2.HealthCheckResponse.SERVING
    anybody = serving if mode == "server" else None
    for authority, client, expected in [
        ("ca", "client", serving),
        ("ca", None, anybody),
        ("ca", "stranger", anybody),
        ("other", "client", None),
    ]:
        found = answer(address, folder, authority, client)
        assert found == expected, (mode, authority, client, found)
    with grpc.insecure_channel(address) as channel:
        try:
            health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE, error
        else:
            raise AssertionError("an answer in the clear")


def main():
    if sys.argv[1] == "issue":
        issue(pathlib.Path(sys.argv[2]))
    else:
        _, _, mode, address, folder = sys.argv
        call(mode, address, pathlib.Path(folder))


main()
