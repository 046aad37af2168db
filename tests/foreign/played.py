"""Looks after a pod of the rendered Deployment as the kubelet does, calls it, and stays on the line while it ends.

Argument: the manifests, whose container ports are published at the loopback address. Writes a line when the pod may
be ended. Exits 0 if no call was lost.
"""

import pathlib
import sys
import time
import urllib.request

import grpc
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc

ADA = b"\x0a\x03Ada"
GREETER = "/greeter.v1.Greeter/"
PATIENCE = 60


def passes(probe, ports, named):
    """Whether a probe succeeds, as the kubelet asks: by gRPC, by HTTP."""
    timeout = probe["timeoutSeconds"]
    if "grpc" in probe:
        with grpc.insecure_channel(f"127.0.0.1:{ports[probe['grpc']['port']]}") as channel:
            request = health_pb2.HealthCheckRequest(service=probe["grpc"].get("service", ""))
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=timeout)
            except grpc.RpcError:
                return False
            return answer.status == health_pb2.HealthCheckResponse.SERVING
    http = probe["httpGet"]
    with urllib.request.urlopen(f"http://127.0.0.1:{ports[named[http['port']]]}{http['path']}", timeout=timeout) as answer:
        return 200 <= answer.status < 400


def until(condition, what):
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < PATIENCE, what
        time.sleep(0.05)


def conversation(channel, release):
    """Two greetings, the second when `release` says so."""
    yield ADA
    until(release, "the pod is not ended")
    yield ADA


def main():
    (manifests,) = sys.argv[1:]
    objects = yaml.safe_load_all(pathlib.Path(manifests).read_text())
    (deployment,) = [item for item in objects if item["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["containerPort"]: port["hostPort"] for port in container["ports"]}
    named = {port["name"]: port["containerPort"] for port in container["ports"]}

    until(lambda: passes(container["startupProbe"], ports, named), "it does not start")
    for probe in ["readinessProbe", "livenessProbe"]:
        assert passes(container[probe], ports, named), probe

    with grpc.insecure_channel(f"127.0.0.1:{ports[named['grpc']]}") as channel:
        say = channel.unary_unary(GREETER + "SayHello")
        assert b"Ada" in say(ADA, timeout=10)
        assert len(list(channel.unary_stream(GREETER + "RepeatHello")(ADA + b"\x10\x03", timeout=10))) == 3
        assert b"Ada, Ada" in channel.stream_unary(GREETER + "GreetAll")(iter([ADA, ADA]), timeout=10)

        ends = []
        chat = channel.stream_stream(GREETER + "Chat")(conversation(channel, lambda: ends), timeout=2 * PATIENCE)
        assert b"Ada" in next(chat)
        print("calling, grace", pod["terminationGracePeriodSeconds"], flush=True)
        until(lambda: not passes(container["readinessProbe"], ports, named), "it stays ready")
        # It lives all that time, and takes the calls of those who do not know yet.
        assert passes(container["livenessProbe"], ports, named)
        assert b"Ada" in say(ADA, timeout=10)
        ends.append(True)
        assert b"Ada" in next(chat)
        assert list(chat) == [] and chat.code() == grpc.StatusCode.OK
    print("no call was lost")


main()
