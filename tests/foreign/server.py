"""The sample service as a server that knows nothing of Rust: in the clear, with TLS, and with mutual TLS.

Arguments: the folder with its protos, and a folder for certificates: `ca.pem`, and the identities `server` and
`client` (`.pem` and `.key`) are written there. Prints the three ports in one line, and serves until the standard input ends.
"""

import datetime
import importlib
import ipaddress
import pathlib
import sys
import tempfile
import time
from concurrent import futures

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_tools import protoc


def generated(protos):
    """The modules that grpcio's own compiler makes of the proto."""
    with tempfile.TemporaryDirectory() as out:
        proto = pathlib.Path(protos) / "greeter/v1/greeter.proto"
        assert protoc.main(["protoc", f"-I{protos}", f"--python_out={out}", f"--grpc_python_out={out}", str(proto)]) == 0
        sys.path.insert(0, out)
        return [importlib.import_module(f"greeter.v1.greeter_{end}") for end in ("pb2", "pb2_grpc")]


def greeter(pb, stubs):
    class Greeter(stubs.GreeterServicer):
        def SayHello(self, request, context):
            if request.name == "nobody":
                context.abort(grpc.StatusCode.NOT_FOUND, "there is nobody")
            if request.name == "slow":
                left = context.time_remaining()
                assert left is not None and left < 1, left
                time.sleep(left + 1)
            return pb.SayHelloResponse(message=f"Hello, {request.name}!")

        def RepeatHello(self, request, context):
            for _ in range(request.times):
                yield pb.RepeatHelloResponse(message=f"Hello, {request.name}!")

        def GreetAll(self, requests, context):
            names = [request.name for request in requests]
            return pb.GreetAllResponse(message=", ".join(names), people=len(names))

        def Chat(self, requests, context):
            for request in requests:
                yield pb.ChatResponse(message=f"Hello, {request.name}!")

    return Greeter()


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificates(folder):
    """An authority, a server's identity and a client's; returns what the server needs."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(name, key, issuer, issuer_key, ca):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    ca_key, server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    ca = certificate("authority", ca_key, "authority", ca_key, True)
    server = certificate("server", server_key, "authority", ca_key, False)
    client = certificate("client", client_key, "authority", ca_key, False)
    for name, content in (
        ("ca.pem", ca),
        ("server.pem", server),
        ("server.key", pem(server_key)),
        ("client.pem", client),
        ("client.key", pem(client_key)),
    ):
        (folder / name).write_bytes(content)
    return ca, server, pem(server_key)


def main():
    ca, certificate, key = certificates(pathlib.Path(sys.argv[2]))
    pb, stubs = generated(sys.argv[1])
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), compression=grpc.Compression.Gzip)
    stubs.add_GreeterServicer_to_server(greeter(pb, stubs), server)
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    identity = [(key, certificate)]
    ports = [
        server.add_insecure_port("127.0.0.1:0"),
        server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(identity)),
        server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(identity, ca, require_client_auth=True)),
    ]
    server.start()
    print(*ports, flush=True)
    sys.stdin.read()
    server.stop(None)


main()
