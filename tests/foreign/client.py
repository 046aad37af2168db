"""Calls the sample service as a client that knows nothing of Rust.

Arguments: the server's address, and the folder with its protos. First with stubs generated from the protos,
then with nothing but what reflection tells. Exits 0 if every answer is right.
"""

import importlib
import pathlib
import sys
import tempfile

import grpc
import reflected
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_tools import protoc

NAMES = ["Ada", "Grace", "Barbara"]


def by_stubs(channel, protos):
    """All four kinds, by generated code."""
    with tempfile.TemporaryDirectory() as out:
        proto = pathlib.Path(protos) / "greeter/v1/greeter.proto"
        assert protoc.main(["protoc", f"-I{protos}", f"--python_out={out}", f"--grpc_python_out={out}", str(proto)]) == 0
        sys.path.insert(0, out)
        pb = importlib.import_module("greeter.v1.greeter_pb2")
        stubs = importlib.import_module("greeter.v1.greeter_pb2_grpc")
    greeter = stubs.GreeterStub(channel)
    assert "Ada" in greeter.SayHello(pb.SayHelloRequest(name="Ada"), timeout=5).message
    assert len(list(greeter.RepeatHello(pb.RepeatHelloRequest(name="Ada", times=3), timeout=5))) == 3
    assert greeter.GreetAll((pb.GreetAllRequest(name=name) for name in NAMES), timeout=5).people == 3
    answers = greeter.Chat((pb.ChatRequest(name=name) for name in NAMES), timeout=5)
    assert [name in answer.message for name, answer in zip(NAMES, answers, strict=True)] == [True] * 3

    try:
        greeter.SayHello(pb.SayHelloRequest(), timeout=5)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
    else:
        raise AssertionError("a greeting of nobody")

    # The server streams on; this client hangs up, and the next call still answers.
    stream = greeter.RepeatHello(pb.RepeatHelloRequest(name="Ada", times=1000))
    next(stream)
    stream.cancel()
    response, call = greeter.SayHello.with_call(
        pb.SayHelloRequest(name="Ada"), timeout=5, metadata=[("x-request-id", "from-python")], compression=grpc.Compression.Gzip
    )
    assert "Ada" in response.message
    assert dict(call.initial_metadata())["x-request-id"] == "from-python"


def by_reflection(channel):
    """All four kinds again, with descriptors from the server."""
    (greeter,) = reflected.services(channel)
    assert greeter.full_name == "greeter.v1.Greeter", greeter
    for method in greeter.methods:
        answers = reflected.call(channel, method, {"name": "Ada", "times": 2})
        assert answers and all("Ada" in answer.message or answer.people == 1 for answer in answers), answers
    assert len({reflected.kind(method) for method in greeter.methods}) == 4


def main():
    address, protos = sys.argv[1:]
    with grpc.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ["", "greeter.v1.Greeter"]:
            answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5, wait_for_ready=True)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING, answer
        by_stubs(channel, protos)
        by_reflection(channel)
    print("every call was answered")


main()
