"""Makes the toy task importable by name, also for Hydra."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
