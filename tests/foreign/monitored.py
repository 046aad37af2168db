"""Asks a Prometheus that scrapes a server whether rules and dashboard speak of what is there.

Arguments: the folder of the workspace, the address of Prometheus, the server's address, and that of its admin port.
"""

import json
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

import grpc

ADA = b"\x0a\x03Ada"
PATIENCE = 60


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def traffic(address):
    """A good call, a bad one, and one that its caller gave up."""
    with grpc.insecure_channel(address) as channel:
        say = channel.unary_unary("/greeter.v1.Greeter/SayHello")
        say(ADA, timeout=5)
        try:
            say(b"", timeout=5)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
        chat = channel.stream_stream("/greeter.v1.Greeter/Chat")
        assert len(list(chat(iter([ADA, ADA]), timeout=5))) == 2


def names(text):
    """The metrics that an expression speaks of: what is followed by a selector."""
    return set(re.findall(r"([a-z_:0-9]+)\{", text))


def main():
    workspace, prometheus, server, admin = sys.argv[1:]
    workspace = pathlib.Path(workspace)
    traffic(server)
    families = set(re.findall(r"^# TYPE (\S+) ", get(f"http://{admin}/metrics"), re.M))
    there = families | {family + part for family in families for part in ["_bucket", "_count", "_sum"]} | {"up"}

    dashboard = json.loads((workspace / "deploy/grafana/dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) > 10
    rules = (workspace / "deploy/prometheus/rules.yaml").read_text()
    recorded = set(re.findall(r"record: (\S+)", rules))
    named = {name for text in [*expressions, rules] for name in names(text)}
    named |= {name for variable in dashboard["templating"]["list"] for name in names(variable["query"])}
    assert named - recorded <= there, named - recorded - there
    assert len(named & families) > 10, named
    # What a server tells and nobody looks at is a mistake here, too.
    seen = {re.sub("_(bucket|count|sum)$", "", name) for name in named}
    assert families - seen == set(), families - seen

    def query(expression):
        for variable, value in [("$__rate_interval", "10s"), ("$instance", ".*"), ("$method", ".*")]:
            expression = expression.replace(variable, value)
        found = json.loads(get(f"http://{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        assert found["status"] == "success", found
        return found["data"]["result"]

    # A counter of failures is not there before the first failure.
    absent = "grpc_connection_errors_total"
    empty = expressions
    start = time.monotonic()
    while empty := [expression for expression in empty if absent not in expression and not query(expression)]:
        assert time.monotonic() - start < PATIENCE, empty
        traffic(server)
        time.sleep(0.5)
    while True:
        groups = json.loads(get(f"http://{prometheus}/api/v1/rules"))["data"]["groups"]
        health = {rule["health"] for group in groups for rule in group["rules"]}
        if "unknown" not in health:
            break
        assert time.monotonic() - start < PATIENCE, groups
        time.sleep(0.5)
    assert health == {"ok"}, groups
    # No fault, no share of faults.
    recorded = {name for name in recorded if "fault" not in name}
    while missing := {name for name in recorded if not query(name)}:
        assert time.monotonic() - start < PATIENCE, missing
        traffic(server)
        time.sleep(0.5)
    print("everything that is looked at is there")


main()
