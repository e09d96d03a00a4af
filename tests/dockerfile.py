"""`python -m tests.dockerfile ROOT`: the steps of deploy/docker/Dockerfile in plain roots, where no engine runs.

ROOT is a Debian with Python (`debootstrap`), which stands for every image that the file begins from; node comes from
this machine. It ends with commands of the image as its user, on a root file system that is read-only.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
DOCKERFILE = REPOSITORY / "deploy" / "docker" / "Dockerfile"
KEPT = ("PIP_", "SSL_", "NODE_", "NPM_", "npm_", "http", "HTTP")
"""Variables that say how registries are reached here: an engine's network does that."""
TRIALS = (["--version"], ["check", "--help"], ["init", "--config", "/data/pozk.toml"], ["status", "--help"])


@dataclass
class Stage:
    """A root folder, and what the steps so far have set in it."""

    root: Path
    folder: str = "/"
    user: str = "0:0"
    variables: dict = field(default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"})
    entry: list = field(default_factory=list)

    def run(self, command, *, is_read_only=False):
        """Run a shell's line in it, in a mount namespace of its own."""
        root, mounts = shlex.quote(str(self.root)), ["mount -t proc proc {0}/proc", "mount --rbind /dev {0}/dev"]
        mounts.append("mount --bind /etc/ssl/certs {0}/etc/ssl/certs")
        if is_read_only:
            whole = ["mount --bind {0} {0}", "mount -o remount,ro,bind {0}"]
            places = ["-o mode=1777 none {0}/tmp", "-o mode=0700,uid=10001,gid=10001 none {0}/data"]
            mounts = [*whole, *mounts, *(f"mount -t tmpfs {place}" for place in places)]
        user, _, group = self.user.partition(":")
        drop = f"setpriv --reuid={user} --regid={group} --clear-groups --no-new-privs --bounding-set=-all "
        shell = f"sh -c {shlex.quote(f'cd {self.folder}; {command}')}"
        line = (
            "; ".join(["set -e", *mounts]).format(root) + f"; exec chroot {root} {drop if user != '0' else ''}{shell}"
        )
        environment = {name: value for name, value in os.environ.items() if name.startswith(KEPT)} | self.variables
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", line], env=environment, check=True)


def read_steps(text):
    """Return (instruction, rest) of a Dockerfile, lines that go on joined."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [line.split(maxsplit=1) for line in lines]


def build(base, work):
    """Carry out every step; return the last stage."""
    stages = {}
    for instruction, rest in read_steps(DOCKERFILE.read_text()):
        if instruction == "FROM":
            image, _, name = rest.partition(" AS ")
            stage = stages[name] = Stage(work / (name or "image"))
            subprocess.run(["cp", "-a", "--reflink=auto", base, stage.root], check=True)
            (stage.root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
            if image.startswith("node"):
                give_node(stage.root)
        elif instruction == "COPY":
            copy(stages, stage, rest)
        elif instruction == "RUN":
            stage.run(rest)
        elif instruction == "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif instruction == "ENV":
            pairs = (pair.split("=", 1) for pair in shlex.split(rest))
            stage.variables |= {name: value.replace("$PATH", stage.variables["PATH"]) for name, value in pairs}
        elif instruction == "USER":
            stage.user = rest
        elif instruction == "ENTRYPOINT":
            stage.entry = json.loads(rest)
        else:
            assert instruction in ("VOLUME", "STOPSIGNAL", "CMD"), instruction
    return stage


def copy(stages, stage, rest):
    """COPY: from the repository what git has, or from another stage."""
    *options, source, target = rest.split()
    target = (
        stage.root / stage.folder.lstrip("/") / target.lstrip()
        if not target.startswith("/")
        else stage.root / target[1:]
    )
    if options:
        shutil.copytree(
            stages[options[0].removeprefix("--from=")].root / source[1:], target, symlinks=True, dirs_exist_ok=True
        )
        return
    listed = subprocess.run(
        ["git", "ls-files", source], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout
    for name in listed.splitlines():
        place = target / Path(name).relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, place)


def give_node(root):
    """Put this machine's node and npm into a root."""
    shutil.copy2(shutil.which("node"), root / "usr/local/bin/node")
    shutil.copytree(Path(shutil.which("npm")).resolve().parents[1], root / "usr/local/lib/npm", dirs_exist_ok=True)
    (root / "usr/local/bin/npm").symlink_to("../lib/npm/bin/npm-cli.js")


def main():
    base = Path(sys.argv[1])
    work = base.with_name(base.name + ".stages")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    image = build(base, work)
    for trial in TRIALS:
        print("$", *image.entry, *trial, flush=True)
        image.run(shlex.join([*image.entry, *trial]), is_read_only=True)
    print("the image works")


if __name__ == "__main__":
    main()
