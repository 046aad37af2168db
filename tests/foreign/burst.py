"""Sends far more large messages at once than the server has memory for.

Argument: the address of a greeter. Each call is done or refused, no connection breaks, and once the burst
is over the server takes calls again.
"""

import collections
import sys
import time

import grpc

CALLS = 200
SIZE = 4_000_000
CHANNELS = 8
METHOD = "/greeter.v1.Greeter/SayHello"
# The name is too long: whoever had room for the message says so.
EXPECTED = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def main():
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.insecure_channel(sys.argv[1], options=options) for _ in range(CHANNELS)]
    methods = [channel.unary_unary(METHOD) for channel in channels]
    message = b"\x0a" + varint(SIZE) + b"x" * SIZE
    calls = [methods[number % CHANNELS].future(message, timeout=60) for number in range(CALLS)]
    codes = collections.Counter(call.code() for call in calls if call.exception())
    assert sum(codes.values()) == CALLS and codes.keys() <= EXPECTED, codes
    assert codes[grpc.StatusCode.RESOURCE_EXHAUSTED] > 0, codes

    start = time.monotonic()
    while True:
        try:
            return methods[0](b"\x0a\x03Ann", timeout=5)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, error
            assert time.monotonic() - start < 30, "no call is taken any more"
            time.sleep(0.1)


main()
