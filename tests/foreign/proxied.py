"""Calls servers through a proxy that speaks TLS, as a client that knows nothing of either.

Arguments: what to do, the proxy's address, its certificate. Exits 0 if every answer is right.
"""

import pathlib
import sys
import threading
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ADA = b"\x0a\x03Ada"
MANY = b"\x0a\x03Ada\x10\xe8\x07"
# As long as the defaults of nginx let neither side be silent.
SILENCE = 62


class Greeter:
    def __init__(self, channel):
        path = "/greeter.v1.Greeter/"
        self.say = channel.unary_unary(path + "SayHello")
        self.repeat = channel.unary_stream(path + "RepeatHello")
        self.greet_all = channel.stream_unary(path + "GreetAll")
        self.chat = channel.stream_stream(path + "Chat")


def ended(call, code, details=""):
    """The call ends with that code; returns its details."""
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code and details in error.details(), error
        return
    raise AssertionError(f"not {code}")


def waiting(seconds, *names):
    """Requests with a silence after the first."""
    for name in names:
        yield name
        time.sleep(seconds)


def calls(channel):
    greeter = Greeter(channel)
    health = health_pb2_grpc.HealthStub(channel)
    answer = health.Check(health_pb2.HealthCheckRequest(service="greeter.v1.Greeter"), timeout=10)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING, answer

    silent = []
    talk = threading.Thread(target=lambda: silent.extend(greeter.chat(waiting(SILENCE, ADA, ADA), timeout=4 * SILENCE)))
    talk.start()
    for _ in range(60):
        response, call = greeter.say.with_call(ADA, timeout=10, metadata=[("x-request-id", "from-python")])
        assert b"Ada" in response
        assert dict(call.initial_metadata())["x-request-id"] == "from-python"
    assert sum(1 for _ in greeter.repeat(MANY, timeout=30)) == 1000
    assert b"Ada, Ada" in greeter.greet_all(iter([ADA, ADA]), timeout=10)
    assert len(list(greeter.chat(iter([ADA] * 500), timeout=30))) == 500

    # Large messages reach the handler, which does not like them; larger ones do not.
    large = b"\x0a\xc0\x84\x3d" + b"x" * 1_000_000
    for call in [lambda: greeter.say(large, timeout=30), lambda: list(greeter.chat(iter([large] * 20), timeout=30))]:
        ended(call, grpc.StatusCode.INVALID_ARGUMENT, "got 1000000")
    ended(lambda: greeter.say(b"x" * 20_000_000, timeout=30), grpc.StatusCode.OUT_OF_RANGE)

    ended(lambda: list(greeter.chat(waiting(5, ADA, ADA), timeout=0.5)), grpc.StatusCode.DEADLINE_EXCEEDED)
    hung_up = greeter.chat(waiting(5, ADA, ADA))
    next(hung_up)
    hung_up.cancel()

    for path in ["/greeter.v1.Greeter/Nope", "/greeter.v1.Nobody/SayHello", "/metrics"]:
        ended(lambda: channel.unary_unary(path)(ADA, timeout=10), grpc.StatusCode.UNIMPLEMENTED)
    talk.join()
    assert len(silent) == 2, "a silent stream was cut"


def steadily(channel):
    """For some seconds; no call may fail."""
    greeter = Greeter(channel)
    end = time.monotonic() + 5
    failures = []

    def call():
        while time.monotonic() < end:
            try:
                greeter.say(ADA, timeout=10)
                assert sum(1 for _ in greeter.repeat(b"\x0a\x03Ada\x10\x02", timeout=10)) == 2
            except grpc.RpcError as error:
                failures.append(error)
            time.sleep(0.01)

    greeter.say(ADA, timeout=10)
    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    time.sleep(1)
    print("calling", flush=True)
    for caller in callers:
        caller.join()
    assert failures == [], failures


def unavailable(channel):
    greeter = Greeter(channel)
    for call in [lambda: greeter.say(ADA, timeout=10), lambda: list(greeter.chat(iter([ADA]), timeout=10))]:
        ended(call, grpc.StatusCode.UNAVAILABLE, "no server is reachable")


def silent(channel):
    """The server takes the call and says nothing, for longer than nginx waits."""
    ended(lambda: Greeter(channel).say(ADA, timeout=30), grpc.StatusCode.DEADLINE_EXCEEDED, "the server did not answer in time")


def safe(channel):
    greeter = Greeter(channel)
    for _ in range(6):
        assert b"Ada" in greeter.say(ADA, timeout=10)
        # More than nginx keeps in memory.
        ended(lambda: greeter.say(b"\x0a\xc0\x84\x3d" + b"x" * 1_000_000, timeout=10), grpc.StatusCode.INVALID_ARGUMENT, "got 1000000")


def unsafe(channel):
    greeter = Greeter(channel)
    codes = set()
    for _ in range(6):
        try:
            greeter.greet_all(iter([ADA]), timeout=10)
        except grpc.RpcError as error:
            codes.add(error.code())
    assert codes == {grpc.StatusCode.UNAVAILABLE}, codes


def hello(channel):
    assert b"Ada" in Greeter(channel).say(ADA, timeout=10)


def main():
    what, address, certificate = sys.argv[1:]
    # What fails is the proxy's doing: the client itself repeats nothing.
    options = [("grpc.enable_retries", 0)]
    credentials = grpc.ssl_channel_credentials(pathlib.Path(certificate).read_bytes())
    with grpc.secure_channel(address, credentials, options=options) as channel:
        {"calls": calls, "steadily": steadily, "unavailable": unavailable, "silent": silent, "safe": safe, "unsafe": unsafe, "hello": hello}[what](channel)


main()
