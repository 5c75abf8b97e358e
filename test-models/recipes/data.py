"""Tables for the demo and the benchmarks."""
import pathlib

from sklearn.datasets import load_breast_cancer

from common import recipe


@recipe
def breast_cancer_csv():
    folder = pathlib.Path(__file__).resolve().parent.parent / "data"
    folder.mkdir(exist_ok=True)
    load_breast_cancer(as_frame=True).frame.to_csv(folder / "breast-cancer.csv", index=False)
