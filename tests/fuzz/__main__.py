"""Feed doors with what covers new code, for so many seconds each: `python -m tests.fuzz`.

What breaks one is written to the folder given, and told with the command that repeats it.
"""

import subprocess
import sys
from pathlib import Path

from tests.fuzz.doors import doors


def main(seconds: int, folder: Path) -> int:
    """Fuzz each door in a process of its own: libFuzzer ends the one that finds something."""
    broken = []
    for name in doors():
        place = folder / name.replace(" ", "-")
        for part in ("seeds", "found"):
            (place / part).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(doors()[name].seeds):
            (place / "seeds" / str(number)).write_bytes(seed)
        limits = (f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=3000", "-verbosity=0")
        words = [sys.executable, "-m", "tests.fuzz.harness", name, *limits]
        kept = f"-artifact_prefix={place / 'found'}/"
        print(f"{name}: {seconds} seconds", flush=True)
        if subprocess.run([*words, kept, str(place / "seeds")], check=False).returncode:
            broken.append(name)
    print(f"Broken: {', '.join(broken)}. See {folder}." if broken else "No door was broken.")
    return len(broken)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
