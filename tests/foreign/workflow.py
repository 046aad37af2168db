"""Runs what the rendered workflow checks, as GitHub's runner does: each step by bash, in the workspace.

Argument: the folder of the workspace. What installs tools is left out: they are there, or the test cannot run. So are
the jobs whose commands other tests run.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

INSTALLERS = ["rustup ", "pip install", "sudo apt-get", "cargo +stable install"]


def main():
    (workspace,) = map(pathlib.Path, sys.argv[1:])
    workflow = yaml.safe_load((workspace / ".github/workflows/ci.yml").read_text())
    ran = []
    with tempfile.TemporaryDirectory() as scratch:
        # The workers of a root's nginx are nobody's.
        os.chmod(scratch, 0o755)
        for job in ["sync", "deploy"]:
            for step in workflow["jobs"][job]["steps"]:
                script = step.get("run", "")
                if not script or any(installer in script for installer in INSTALLERS):
                    continue
                # As the runner does: with `shell: bash`, a pipe fails with any of its parts.
                pipes = ["-o", "pipefail"] if step.get("shell") == "bash" else []
                done = subprocess.run(
                    ["bash", "--noprofile", "--norc", "-e", *pipes, "-c", script],
                    cwd=workspace,
                    env={**os.environ, "RUNNER_TEMP": scratch},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
                assert done.returncode == 0, f"{script}\n{done.stdout}"
                ran.append(script)
    assert len(ran) >= 8, ran
    # The version that the job would install is that of the tool that rendered the workspace.
    (install,) = [step["run"] for step in workflow["jobs"]["sync"]["steps"] if "cargo +stable install" in step.get("run", "")]
    version = subprocess.run(["bash", "-ec", install.splitlines()[0] + '\necho "$version"'], cwd=workspace, capture_output=True, text=True)
    print(version.stdout.strip())


main()
