"""Put a folder on a small disk of its own, and fill and empty it."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted file system of few bytes."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave no room."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while file.write(bytes(CHUNK_BYTES)):
                pass
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while file.write(b"0" * 512):
                pass

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


def may_mount() -> bool:
    """Tell whether this user may mount a file system here."""
    folder = Path(tempfile.mkdtemp(prefix="tongban-disk-"))
    try:
        with mounted(folder, CHUNK_BYTES):
            return True
    except subprocess.CalledProcessError:
        return False
    finally:
        folder.rmdir()


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[SmallDisk]:
    """Mount a disk of so many bytes over a folder, with what the folder held, for as long as the block lasts."""
    kept = Path(tempfile.mkdtemp(prefix="tongban-kept-"))
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)], check=True, capture_output=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
        shutil.rmtree(kept)
