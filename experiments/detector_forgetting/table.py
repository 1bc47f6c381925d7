"""The tables of blends of a sweep: python experiments/detector_forgetting/table.py detector_forgetting"""

import sys

import pandas

from fitlab.settings import runs_dir


def main() -> None:
    """PCK by validation slice at each share of the way from the first to the trained weights, a row for each."""
    print("| run | share | studio | upside down | upright | horizontal | inverted | mean |")
    print("|---|---|---|---|---|---|---|---|")
    for path in sorted((runs_dir() / "train" / sys.argv[1]).glob("*/blends.csv")):
        for share, row in pandas.read_csv(path, index_col="share").iterrows():
            print(f"| {path.parent.name} | {share} | {' | '.join(f'{value:.3f}' for value in row.iloc[:6])} |")


if __name__ == "__main__":
    main()
