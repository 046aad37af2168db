"""Ends calls of the sample in ways that only the caller decides: deadlines and hanging up, in all four kinds.

Arguments: the server's address, and that of its admin port. The server's own metrics then tell whether it saw the same.
"""

import sys
import threading
import time
import urllib.request

import grpc

GREETER = "/greeter.v1.Greeter/"
ADA = b"\x0a\x03Ada"
MANY = b"\x0a\x03Ada\x10\xe8\x07"


def silence(first):
    """One request, and nothing after it until the test ends."""
    yield from first
    threading.Event().wait(5)


def begun(admin, method):
    """Waits until the server has a call of the method."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    wanted = f'grpc_requests_in_flight{{method="{method}",service="greeter.v1.Greeter"}} 1\n'
    end = time.monotonic() + 10
    while wanted not in direct.open(f"http://{admin}/metrics").read().decode():
        assert time.monotonic() < end, f"{method} does not begin"
        time.sleep(0.01)


def main():
    address, admin = sys.argv[1:]
    with grpc.insecure_channel(address) as channel:
        greet_all = channel.stream_unary(GREETER + "GreetAll")
        chat = channel.stream_stream(GREETER + "Chat")
        repeat = channel.unary_stream(GREETER + "RepeatHello")

        for waiting in [lambda: greet_all(silence([ADA]), timeout=0.3), lambda: list(chat(silence([ADA]), timeout=0.3))]:
            try:
                waiting()
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
            else:
                raise AssertionError("it did not wait")

        for stream in [repeat(MANY), chat(silence([ADA]))]:
            next(stream)
            stream.cancel()
        # A call that is cancelled before it is sent, or together with it, never begins at the server.
        future = greet_all.future(silence([ADA]))
        begun(admin, "GreetAll")
        future.cancel()
    print("every call ended as its caller wanted")


main()
