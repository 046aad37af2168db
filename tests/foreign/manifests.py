"""Checks that rendered manifests fit together, and fit the settings that the server reads, nginx and Prometheus.

Arguments: the folder of the workspace, and a file with what `kubectl kustomize` made of an overlay. Schemas say
whether each object is well-formed; this says whether they mean the same service.
"""

import pathlib
import re
import sys

import yaml


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def selected(labels, by):
    assert by, "a selector that selects all"
    return all(labels.get(key) == value for key, value in by.items())


def over(defaults, settings):
    """The settings that are in force: a table is laid over that of the defaults, key by key."""
    if not isinstance(defaults, dict) or not isinstance(settings, dict):
        return settings
    return {**defaults, **{key: over(defaults.get(key), value) for key, value in settings.items()}}


def declared(protos):
    """Full names of all services that protos declare."""
    for file in protos.rglob("*.proto"):
        text = re.sub(r"//.*", "", file.read_text())
        package = re.search(r"^package ([\w.]+);", text, re.M)
        prefix = package[1] + "." if package else ""
        yield from (prefix + name for name in re.findall(r"^service (\w+)", text, re.M))


def proxied(workspace, settings, compose, name):
    """nginx finds the servers, lets go of connections before they do, and is found itself."""
    nginx = workspace / "deploy/nginx"
    text = (nginx / "upstream.conf").read_text()
    value = lambda key: seconds(re.search(rf"^ +{key} +(\S+);", text, re.M)[1])
    connection = settings["server"]["connection"]
    assert value("keepalive_timeout") < seconds(connection["idle"])
    # The server lets go up to a tenth earlier.
    assert value("keepalive_time") < 0.9 * seconds(connection["age"])
    port = settings["server"]["port"]
    servers = (workspace / "deploy/docker/servers.conf").read_text()
    assert re.findall(r"^server (\S+) ", servers, re.M) == [f"{name}:{port}"], servers
    listens = re.search(r"^listen (\d+) ", (nginx / "listen.conf").read_text(), re.M)[1]
    (published,) = compose["services"]["nginx"]["ports"]
    assert published.split(":")[1] == listens, published
    assert "ports" not in compose["services"][name], "the servers can be reached past nginx"


def scraped(workspace, settings, compose, name, services, routes):
    """Both ways in which Prometheus finds the servers lead to the metrics, under the job of the rules."""
    port = settings["admin"]["port"]
    monitor = yaml.safe_load((workspace / "deploy/k8s/monitoring/servicemonitor.yaml").read_text())["spec"]
    selects = monitor["selector"]["matchLabels"]
    (service,) = [item for item in services if selected(item["metadata"]["labels"], selects)]
    assert service["metadata"]["name"] == name
    (endpoint,) = monitor["endpoints"]
    assert {item["name"]: item["port"] for item in service["spec"]["ports"]}[endpoint["port"]] == port
    assert f'"{endpoint["path"]}"' in routes
    (job,) = yaml.safe_load((workspace / "deploy/prometheus/prometheus.yaml").read_text())["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert job["job_name"] == name and found["port"] == port and set(found["names"]) <= compose["services"].keys()
    rules = (workspace / "deploy/prometheus/rules.yaml").read_text()
    assert set(re.findall(r'job="([^"]+)"', rules)) == {name}


def main():
    workspace, rendered = map(pathlib.Path, sys.argv[1:])
    objects = list(yaml.safe_load_all(rendered.read_text()))
    of_kind = lambda kind: [item for item in objects if item["kind"] == kind]
    read = lambda file: yaml.safe_load((workspace / file).read_text())
    written = read("config/prod.yaml")
    settings = over(read("config/default.yaml"), written)

    (namespace,) = {item["metadata"]["namespace"] for item in objects if item["kind"] != "Namespace"}
    assert [item["metadata"]["name"] for item in of_kind("Namespace")] == [namespace]

    (deployment,) = of_kind("Deployment")
    name = deployment["metadata"]["name"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert selected(labels, deployment["spec"]["selector"]["matchLabels"])
    assert all(selected(labels, spread["labelSelector"]["matchLabels"]) for spread in pod["topologySpreadConstraints"])

    # Ports are those of the settings, and each has a reader.
    assert ports["grpc"] == settings["server"]["port"]
    assert ports.get("metrics") == settings.get("admin", {}).get("port")
    assert {"server", *(["admin"] if "admin" in settings else [])} <= written.keys(), "ports that nobody wrote down"
    dockerfile = (workspace / "deploy/docker/Dockerfile").read_text()
    exposed = re.search(r"^EXPOSE (.*)$", dockerfile, re.M)[1].split()
    assert sorted(map(int, exposed)) == sorted(ports.values())
    admin = workspace / "crates/chassis/src/admin/routes.rs"
    routes = admin.read_text() if admin.exists() else ""
    known = {"", *declared(workspace / "proto")}
    assert len(known) > 1
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"]:
        assert container[probe].get("grpc", {}).get("service", "") in known, probe
        path = container[probe].get("httpGet", {}).get("path")
        assert path is None or f'"{path}"' in routes, probe
        for kind in ["grpc", "httpGet", "tcpSocket"]:
            port = container[probe].get(kind, {}).get("port")
            assert port is None or port in ports or port in ports.values(), probe
    for service in of_kind("Service"):
        assert selected(labels, service["spec"]["selector"])
        for port in service["spec"]["ports"]:
            # A headless Service cannot translate ports.
            assert port["port"] == ports[port["targetPort"]], service
    (policy,) = of_kind("NetworkPolicy")
    assert selected(labels, policy["spec"]["podSelector"]["matchLabels"])
    admitted = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    assert admitted == set(ports), admitted
    (budget,) = of_kind("PodDisruptionBudget")
    assert selected(labels, budget["spec"]["selector"]["matchLabels"])
    (scaler,) = of_kind("HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] == name
    assert scaler["spec"]["minReplicas"] <= scaler["spec"]["maxReplicas"]
    assert pod["serviceAccountName"] in [account["metadata"]["name"] for account in of_kind("ServiceAccount")]

    # Whoever ends the container waits until the server has ended by itself.
    shutdown = settings["server"]["shutdown"]
    drain = seconds(shutdown["delay"]) + seconds(shutdown["timeout"])
    wait = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > wait + drain
    compose = yaml.safe_load((workspace / "deploy/docker/compose.yaml").read_text())
    assert seconds(compose["services"][name]["stop_grace_period"]) > drain
    # Who is told at the end of a connection's age to go has gone before the server cuts it.
    assert seconds(shutdown["timeout"]) > seconds(settings["server"]["connection"]["grace"])
    rolling = deployment["spec"]["strategy"]["rollingUpdate"]
    assert rolling["maxUnavailable"] == 0 and rolling["maxSurge"] >= 1

    # What is mounted is there, and is read.
    (config,) = of_kind("ConfigMap")
    assert config["data"] == {"prod.yaml": (workspace / "config/prod.yaml").read_text()}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["config"]["configMap"]["name"] == config["metadata"]["name"] != name, "no hash of the settings"
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert mounts.keys() == volumes.keys()
    assert all(mount["readOnly"] for mount in mounts.values())
    variable = re.search(r"^ENV (\w+)_CONFIG=(.*)/prod.yaml$", dockerfile, re.M)
    assert mounts["config"]["mountPath"] == variable[2]
    keys = settings.get("auth", {}).get("keys", "")
    assert mounts.get("keys", {}).get("mountPath", "") == keys.rpartition("/")[0]
    for setting in container.get("env", []):
        assert setting["name"].startswith(variable[1] + "__"), setting

    if (workspace / "deploy/nginx").exists():
        proxied(workspace, settings, compose, name)
    if (workspace / "deploy/prometheus").exists():
        scraped(workspace, settings, compose, name, of_kind("Service"), routes)
    if collector := settings.get("tracing"):
        endpoint = compose["services"][name]["environment"][variable[1] + "__TRACING__ENDPOINT"]
        host, port = re.fullmatch(r"http://(\w+):(\d+)", endpoint).groups()
        assert host in compose["services"]
        assert port == collector["endpoint"].rpartition(":")[2]
        assert [int(port)] in [[out["port"] for out in rule["ports"]] for rule in policy["spec"]["egress"]]
    # What compose mounts is there, or made by `deploy/nginx/certificates` or the user.
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            made = source.startswith("../../keys/") or source == "../nginx/tls" or "/" not in source
            assert made or (workspace / "deploy/docker" / source).exists(), mount

    user = re.search(r"^USER (\d+):(\d+)$", dockerfile, re.M)
    assert [pod["securityContext"][key] for key in ["runAsUser", "runAsGroup"]] == [int(user[1]), int(user[2])]
    image, _, tag = container["image"].rpartition(":")
    assert image and tag not in ["", "latest"], container["image"]
    print("the manifests fit together")


main()
