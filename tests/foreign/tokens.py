"""Issues tokens as a foreign identity provider would, and calls the sample with them.

`tokens.py keys DIR` writes private keys and `jwks.json`; `tokens.py call ADDRESS DIR` calls a server that reads it.
Exits 0 if every answer is right.
"""

import json
import pathlib
import sys
import time

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

METHOD = "/greeter.v1.Greeter/SayHello"
ADA = b"\x0a\x03Ada"
KINDS = {
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


def write_keys(folder):
    """One key of each kind, named by its algorithm."""
    keys = []
    for algorithm, (generate, kind) in KINDS.items():
        key = generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{algorithm}.pem").write_bytes(pem)
        public = json.loads(kind.to_jwk(key.public_key()))
        keys.append(public | {"kid": algorithm, "alg": algorithm, "use": "sig"})
    (folder / "jwks.json").write_text(json.dumps({"keys": keys}))


def token(folder, algorithm, kid=None, **changes):
    """A token that is valid but for the changes."""
    now = int(time.time())
    claims = {"sub": "ada", "name": "Ada", "roles": ["greeter"], "type": "access", "iat": now, "exp": now + 60}
    claims |= {"iss": "https://id.example", "aud": ["other", "greeter"]} | changes
    key = (folder / f"{algorithm}.pem").read_text()
    return jwt.encode(claims, key, algorithm, headers={"kid": kid or algorithm})


def call(channel, *tokens):
    """The code and the reason of a call with these tokens."""
    say_hello = channel.unary_unary(METHOD)
    try:
        answer = say_hello(ADA, timeout=5, metadata=[("authorization", f"Bearer {token}") for token in tokens])
    except grpc.RpcError as error:
        info = error_details_pb2.ErrorInfo()
        status = rpc_status.from_call(error)
        if status is not None:
            status.details[0].Unpack(info)
        return error.code().name, info.reason
    assert b"Ada" in answer, answer
    return "OK", ""


def check(address, folder):
    """What the server says to good tokens and to bad ones."""
    now = int(time.time())
    good = token(folder, "ES256")
    head, body, signature = good.split(".")
    cases = [
        *((("OK", ""), [token(folder, algorithm)]) for algorithm in KINDS),
        (("UNAUTHENTICATED", "TOKEN_MISSING"), []),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [good, good]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [f"{head}.{body}."]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [jwt.encode(jwt.decode(good, options={"verify_signature": False}), None, "none")]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [token(folder, "RS256", kid="ES256")]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [token(folder, "ES256", iss="https://evil.example")]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [token(folder, "ES256", aud="other")]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [token(folder, "ES256", type="refresh")]),
        (("UNAUTHENTICATED", "TOKEN_EXPIRED"), [token(folder, "ES256", exp=now - 60)]),
        (("UNAUTHENTICATED", "TOKEN_INVALID"), [token(folder, "ES256", nbf=now + 60)]),
        (("PERMISSION_DENIED", "ROLE_MISSING"), [token(folder, "ES256", roles=["guest"])]),
    ]
    with grpc.insecure_channel(address) as channel:
        for expected, tokens in cases:
            got = call(channel, *tokens)
            assert got == expected, (expected, got, tokens)


def main():
    match sys.argv[1:]:
        case ["keys", folder]:
            write_keys(pathlib.Path(folder))
        case ["call", address, folder]:
            check(address, pathlib.Path(folder))
            print("every token had the right answer")


main()
