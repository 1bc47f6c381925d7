"""What starting costs: `import fitlab` (wanted: under 0.3 s) and `fitlab --help` (under 1 s), best of five."""

import subprocess
import sys
import time

STARTS = {
    "bare interpreter": [sys.executable, "-c", ""],
    "import fitlab": [sys.executable, "-c", "import fitlab"],
    "fitlab --help": [sys.executable, "-m", "fitlab.cli", "--help"],
}


def main() -> None:
    for name, command in STARTS.items():
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
        print(f"{name:<18} {min(seconds):.3f} s")


if __name__ == "__main__":
    main()
