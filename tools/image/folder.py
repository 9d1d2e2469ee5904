"""An image as a folder: the steps of a Dockerfile are carried out below it, and its command is run there.

Each command runs in a mount namespace and a root folder of its own, as in a container: it sees the folder, this
machine's programs and libraries (for the base image; read-only), and no other files. Needs root on Linux.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.image.dockerfile import Instruction, Stage, reaches_docker, stages

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr")
NOT_COPIED = ("shadow*", "gshadow*", "private", "ssh", "sudoers*")  # of /etc
PYTHON = Path(sys.base_prefix)
PIP_CACHE = Path.home() / ".cache" / "pip"
# $1: the root folder, $2: ro or rw, $3: lines "host path, tab, path inside, tab, ro or rw"; then the command.
ENTER = r"""
set -eu
root=$1 mode=$2 binds=$3
shift 3
mount --bind "$root" "$root"
printf '%s\n' "$binds" | while IFS="$(printf '\t')" read -r from to how; do
    mount --bind "$from" "$root$to"
    if [ "$how" = ro ]; then mount -o remount,bind,ro "$root$to"; fi
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ "$mode" = ro ]; then
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount -o remount,bind,ro "$root"
fi
exec chroot "$root" "$@"
"""


def problem() -> str | None:
    """Why no image can be made here, or None."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can make root folders of their own"
    mounting = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"]
    tried = subprocess.run(mounting, stderr=subprocess.DEVNULL, check=False)
    return None if tried.returncode == 0 else "this system allows no mounts"


@dataclass(frozen=True)
class Layer:
    """What one instruction added."""

    instruction: str
    size_bytes: int


class ImageFolder:
    """The last stage of a Dockerfile, built in `folder`; `layers` tells what each step added, bytes."""

    def __init__(self, folder: Path, dockerfile: Path = ROOT / "Dockerfile", context: Path = ROOT) -> None:
        self._folder = folder
        self._context = context
        self._ignored = (context / ".dockerignore").read_text(encoding="utf-8")
        self.layers: list[Layer] = []
        for stage in stages(dockerfile.read_text(encoding="utf-8")):
            self.stage = stage
            self._build(stage)

    @property
    def root(self) -> Path:
        """The root folder of the image."""
        return self._folder / (self.stage.name or "image")

    def command(self) -> list[str]:
        """What the image runs."""
        return self.stage.all_of("CMD")[-1].words()

    def health_check(self) -> list[str]:
        """What Docker runs to see whether it works."""
        check = self.stage.all_of("HEALTHCHECK")[-1]
        return Instruction("CMD", {}, check.text.removeprefix("CMD ")).words()

    def start(
        self, command: Sequence[str], volumes: Mapping[str, Path], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Run a command as a container with a read-only root folder would: as the image's user, without any privilege.

        `volumes` are folders of this machine by their path inside. The command is process 1 of its own process
        namespace, a child of the returned process, which ends with its exit code.
        """
        binds = [(str(folder), path, "rw") for path, folder in volumes.items()]
        user = self.stage.all_of("USER")[-1].text
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"]
        drop += ["--bounding-set=-all", "--inh-caps=-all"]
        inside = self._inside([*drop, *command], {**self._variables(), "HOME": self._home(user), **environment})
        with log.open("ab") as sink:
            return subprocess.Popen(self._entered(inside, binds, mode="ro"), stdout=sink, stderr=sink)

    # --- building -----------------------------------------------------------------------------------------

    def _build(self, stage: Stage) -> None:
        self._make_base()
        for instruction in stage.instructions:
            before = size_bytes(self.root)
            if instruction.name == "COPY":
                self._copy(instruction)
            elif instruction.name == "RUN":
                self._run(instruction)
            elif instruction.name in ("WORKDIR", "VOLUME"):
                for path in instruction.words():
                    self._below(path).mkdir(parents=True, exist_ok=True)
            if stage is self.stage and (added := size_bytes(self.root) - before):
                self.layers.append(Layer(f"{instruction.name} {instruction.text}", added))

    def _make_base(self) -> None:
        """The base image: this machine's programs, and the Python that runs this as `python` and `pip`."""
        self.layers = []
        for name in ("etc", "proc", "dev", "tmp", "root", "run", "var", "usr"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "tmp").chmod(0o1777)
        for name in SYSTEM:
            path = Path("/") / name
            if path.is_symlink():
                (self.root / name).symlink_to(path.readlink())
            elif path.is_dir():
                (self.root / name).mkdir(exist_ok=True)
        ignore = shutil.ignore_patterns(*NOT_COPIED)
        shutil.copytree("/etc", self.root / "etc", symlinks=True, ignore=ignore, dirs_exist_ok=True)
        if self._local.exists() or not PYTHON.is_relative_to("/usr"):
            return
        programs = self._local / "bin"
        programs.mkdir(parents=True)
        (programs / "python").symlink_to(PYTHON / "bin" / f"python3.{sys.version_info.minor}")
        pip = programs / "pip"
        pip.write_text('#!/bin/sh\nexec python -m pip "$@"\n', encoding="utf-8")
        pip.chmod(0o755)

    @property
    def _local(self) -> Path:
        """What is seen as /usr/local, which has `python` and `pip` in the base image."""
        return self._folder / "usr-local" if PYTHON.is_relative_to("/usr") else PYTHON

    def _copy(self, instruction: Instruction) -> None:
        *sources, target = instruction.words()
        other = instruction.options.get("from")
        for source in sources:
            place = self._below(target)
            if other:
                shutil.copytree(self._folder / other / source.lstrip("/"), place, symlinks=True, dirs_exist_ok=True)
                continue
            found = self._context / source
            files = [found] if found.is_file() else [path for path in sorted(found.rglob("*")) if path.is_file()]
            for file in files:
                if reaches_docker(file.relative_to(self._context).as_posix(), self._ignored):
                    is_folder = target.endswith("/") or found.is_dir()
                    goal = place / file.relative_to(found if found.is_dir() else found.parent) if is_folder else place
                    goal.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file, goal)

    def _run(self, instruction: Instruction) -> None:
        binds = []
        if mount := instruction.options.get("mount"):
            target = dict(part.split("=") for part in mount.split(","))["target"]
            PIP_CACHE.mkdir(parents=True, exist_ok=True)
            (self.root / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
            binds.append((str(PIP_CACHE), target, "rw"))
        # How this machine reaches its package index is no matter of the image.
        network = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and "CACHE" not in name}
        inside = self._inside(["sh", "-c", instruction.text], {**network, **self._variables(), "HOME": "/root"})
        subprocess.run(self._entered(inside, binds, mode="rw"), check=True)

    def _below(self, path: str) -> Path:
        """A path of the image on this machine; relative ones are below the last WORKDIR."""
        folders = self.stage.all_of("WORKDIR")
        folder = folders[-1].text if folders else "/"
        return self.root / os.path.normpath(os.path.join(folder, path)).lstrip("/")  # noqa: PTH118

    def _variables(self) -> dict[str, str]:
        variables = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for instruction in self.stage.all_of("ENV"):
            for name, value in instruction.variables().items():
                variables[name] = re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], ""), value)
        return variables

    def _home(self, user: str) -> str:
        lines = (self.root / "etc" / "passwd").read_text(encoding="utf-8").splitlines()
        return next((line.split(":")[5] for line in lines if line.split(":")[2] == user), "/")

    def _inside(self, command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        folder = "/" + str(self._below(".").relative_to(self.root))
        variables = [f"{name}={value}" for name, value in environment.items()]
        return ["env", "-i", "-C", folder, *variables, *command]

    def _entered(self, inside: Sequence[str], binds: Sequence[tuple[str, str, str]], *, mode: str) -> list[str]:
        system = [
            (f"/{name}", f"/{name}", "ro")
            for name in SYSTEM
            if (self.root / name).is_dir() and not (self.root / name).is_symlink()
        ]
        if not PYTHON.is_relative_to("/usr"):  # its libraries are looked for at their own path
            (self.root / PYTHON.relative_to("/")).mkdir(parents=True, exist_ok=True)
            system.append((str(PYTHON), str(PYTHON), "ro"))
        for _, target, _ in binds:
            (self.root / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
        lines = "\n".join("\t".join(bind) for bind in (*system, (str(self._local), "/usr/local", "ro"), *binds))
        enter = ["sh", "-c", ENTER, "enter", str(self.root), mode, lines, *inside]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", *enter]


def size_bytes(folder: Path) -> int:
    """The size of all files below a folder, each counted once."""
    return sum(size for _, size in _files(folder))


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for place, _, names in os.walk(folder):
        for name in names:
            found = (Path(place) / name).lstat()
            if stat.S_ISREG(found.st_mode):
                yield Path(place) / name, found.st_size
