"""Logistic regression as one does it outside the database, for bench/model:
reads a table as COPY writes it (label, then numbers), fills in means, scales,
fits scikit-learn's LogisticRegression without penalty, and prints "name value"
lines: CPU seconds without those of starting Python, and the log-loss of a
second table.

    logistic_peer.py DEALS HELD
"""
import sys
import time

import numpy
import pandas
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def read(name):
    table = pandas.read_csv(name, sep="\t", header=None, na_values="\\N")
    return (table.iloc[:, 1:].to_numpy(dtype=numpy.float64),
            (table[0] == "t").to_numpy())


def main(deals, held):
    start = time.process_time()
    values, labels = read(deals)
    print("logistic_read", time.process_time() - start)
    start = time.process_time()
    model = make_pipeline(SimpleImputer(), StandardScaler(),
                          LogisticRegression(penalty=None, max_iter=1000))
    model.fit(values, labels)
    print("logistic_fit", time.process_time() - start)
    values, labels = read(held)
    print("logistic_loss", log_loss(labels, model.predict_proba(values)[:, 1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
