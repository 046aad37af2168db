"""Calls every method of a server whose methods nobody has written yet.

Argument: the server's address. Exits 0 if each answers UNIMPLEMENTED with its own name.
"""

import sys

import grpc
import reflected


def main():
    kinds = set()
    with grpc.insecure_channel(sys.argv[1]) as channel:
        for service in reflected.services(channel):
            for method in service.methods:
                try:
                    answers = reflected.call(channel, method, {})
                except grpc.RpcError as error:
                    assert error.code() == grpc.StatusCode.UNIMPLEMENTED, error
                    assert f"{service.full_name}/{method.name} is not implemented" in error.details(), error
                    kinds.add(reflected.kind(method))
                else:
                    raise AssertionError(f"{method.name} answered {answers}")
    assert len(kinds) == 4, kinds
    print("every method said its name")


main()
