"""Ends every process that lives in a world's folder once the world has gone, and removes the folder.

It may never act while the world still holds the other end of its standard input.
"""

import os
import shutil
import signal
import sys
import time


def lives_in(pid: str, folder: bytes) -> bool:
    """Whether the process has its working directory in the folder, or was given it in its environment."""
    try:
        cwd = os.readlink(f"/proc/{pid}/cwd".encode())
        if cwd == folder or cwd.startswith(folder + b"/") or cwd == folder + b" (deleted)":
            return True
        with open(f"/proc/{pid}/environ", "rb") as environ:
            return folder + b"/" in environ.read()
    except OSError:
        return False  # ended meanwhile, or not ours to look at


def is_zombie(pid: str) -> bool:
    """Whether the process has ended and only waits for its parent to notice."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] == b"Z"
    except (OSError, IndexError):
        return True


def inhabitants(folder: bytes) -> list[int]:
    """Every process of this folder except this one."""
    pids = (name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid())
    return [int(pid) for pid in pids if lives_in(pid, folder) and not is_zombie(pid)]


def main() -> None:
    folder = os.path.realpath(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    # A process may start another while it is being looked at, so look until nobody is left.
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        left = inhabitants(os.fsencode(folder))
        if not left:
            break
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
