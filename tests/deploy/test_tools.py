"""What lies in deploy/, read by the tools that it is written for, where this machine has them."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = "1.31"
EXPOSURE = 2.0  # of 10, as `systemd-analyze security` counts it

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze (Debian: systemd)")


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """The units, with a command that this machine has."""
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/escalation/bin/escalation", "/bin/true"))
    return [str(unit) for unit in sorted(tmp_path.iterdir())]


@needs_systemd
def test_systemd_has_nothing_against_the_units(units: list[str]) -> None:
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_the_units_expose_little(units: list[str]) -> None:
    for unit in units:
        if unit.endswith(".service"):
            threshold = f"--threshold={EXPOSURE * 10:.0f}"
            asked = ["systemd-analyze", "security", "--offline=true", "--no-pager", threshold, unit]
            done = subprocess.run(asked, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted((DEPLOY / "kubernetes").glob("*.yaml")), ids=lambda file: file.name)
def test_the_manifests_are_as_kubernetes_has_them(file: Path) -> None:
    schemas = pytest.importorskip("kubernetes_validate", reason="no schemas (PyPI: kubernetes-validate)")
    for manifest in yaml.safe_load_all(file.read_text()):
        if manifest["kind"] != "Kustomization":  # a file of kubectl, unknown to the cluster
            schemas.validate(manifest, KUBERNETES, strict=True)
