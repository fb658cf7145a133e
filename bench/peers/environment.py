"""Makes a peer's environment under ``.venvs`` when first asked for, from pinned versions with hashes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

__all__ = ["ask", "python_of"]

_HERE = Path(__file__).parent
_ENVIRONMENTS = _HERE.parents[1] / ".venvs"


def python_of(peer: str) -> Path:
    """Return the interpreter that has a peer installed; make its environment where there is none."""
    pins = _HERE / f"{peer}.txt"
    folder = _ENVIRONMENTS / peer
    python, mark = folder / "bin" / "python", folder / "made_from"
    wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != wanted:
        installer = Path(sysconfig.get_path("scripts")) / "uv"
        venv.create(folder, clear=True, with_pip=not installer.exists())
        install = [installer, "pip", "install", "-q", "--python", python] if installer.exists() else [
            python, "-m", "pip", "install", "-q",
        ]  # fmt: skip
        subprocess.run([*map(str, install), "--require-hashes", "-r", str(pins)], check=True)
        mark.write_text(wanted)
    return python


def ask(peer: str, script: str, *arguments: str | Path) -> Any:
    """Run a script of this folder with a peer's interpreter and read the JSON on its last line."""
    command = [str(python_of(peer)), str(_HERE / script), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr)
        done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])
