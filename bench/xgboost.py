#!/usr/bin/env python3
"""XGBoost through its C library (Debian package libxgboost0), without Python
packages: trains models of several kinds and writes, into the directory given,
for each kind KIND.json (the saved model), KIND.tsv (row, features, XGBoost's
probability) and KIND.phi.tsv (row, pred_contribs, the bias last; of at most
5000 rows).

    bench/xgboost.py DIRECTORY [ROWS [KIND ...]]
"""
import ctypes
import json
import random
import sys
from array import array

lib = ctypes.CDLL("libxgboost.so.0")
lib.XGBGetLastError.restype = ctypes.c_char_p
NAN = float("nan")


def call(name, *arguments):
    if getattr(lib, name)(*arguments) != 0:
        sys.exit(lib.XGBGetLastError().decode())


def strings(words):
    return (ctypes.c_char_p * len(words))(*[w.encode() for w in words])


def matrix(rows, types, labels):
    flat = array("f", [v for row in rows for v in row])
    interface = json.dumps({"data": [flat.buffer_info()[0], True],
                            "shape": [len(rows), len(rows[0])],
                            "typestr": "<f4", "version": 3})
    handle = ctypes.c_void_p()
    call("XGDMatrixCreateFromDense", interface.encode(),
         b'{"missing": NaN, "nthread": 2}', ctypes.byref(handle))
    call("XGDMatrixSetStrFeatureInfo", handle, b"feature_name",
         strings(["f%d" % (i + 1) for i in range(len(types))]),
         ctypes.c_uint64(len(types)))
    call("XGDMatrixSetStrFeatureInfo", handle, b"feature_type",
         strings(types), ctypes.c_uint64(len(types)))
    if labels is not None:
        values = (ctypes.c_float * len(labels))(*labels)
        call("XGDMatrixSetFloatInfo", handle, b"label", values,
             ctypes.c_uint64(len(labels)))
    return handle


def train(data, rounds, parameters):
    booster = ctypes.c_void_p()
    call("XGBoosterCreate", ctypes.byref(data), ctypes.c_uint64(1),
         ctypes.byref(booster))
    call("XGBoosterSetStrFeatureInfo", booster, b"feature_name",
         strings(["f%d" % i for i in range(1, 7)]), ctypes.c_uint64(6))
    for key, value in parameters.items():
        call("XGBoosterSetParam", booster, key.encode(), str(value).encode())
    for i in range(rounds):
        call("XGBoosterUpdateOneIter", booster, i, data)
    return booster


def predict(booster, data, kind):
    shape = ctypes.POINTER(ctypes.c_uint64)()
    dimensions = ctypes.c_uint64()
    values = ctypes.POINTER(ctypes.c_float)()
    config = {"type": kind, "iteration_begin": 0, "iteration_end": 0,
              "training": False, "strict_shape": False}
    call("XGBoosterPredictFromDMatrix", booster, data,
         json.dumps(config).encode(), ctypes.byref(shape),
         ctypes.byref(dimensions), ctypes.byref(values))
    width = shape[1] if dimensions.value > 1 else 1
    return [values[i * width:(i + 1) * width] for i in range(shape[0])]


def make_rows(n, types, seed):
    """Heavy tails, ties, whole numbers, negative ones, and missing values."""
    draw = random.Random(seed)
    rows = []
    labels = []
    for _ in range(n):
        row = [draw.gauss(0, 1), draw.randrange(20), draw.expovariate(1e-3),
               round(draw.uniform(-5, 5), 1), draw.random() < 0.3,
               draw.gauss(0, 1) ** 5]
        row = [draw.randrange(7) if t == "c" else float(v)
               for v, t in zip(row, types)]
        z = row[0] + (row[1] - 10) / 8 - row[2] / 2000 + row[4] - row[3] / 4
        z += 0.5 if row[5] > 0 and row[3] > 2 else 0
        labels.append(float(draw.random() < 1 / (1 + 2.718281828 ** -z)))
        rows.append([NAN if draw.random() < 0.1 else v for v in row])
    return rows, labels


NUMBERS = ["q", "int", "q", "q", "i", "q"]
CATEGORIES = ["q", "c", "q", "q", "c", "q"]
COMMON = {"objective": "binary:logistic", "nthread": 2, "seed": 7}
KINDS = {
    "hist": (NUMBERS, 100, {"tree_method": "hist", "max_depth": 6}),
    "exact": (NUMBERS, 60, {"tree_method": "exact", "max_depth": 5,
                            "base_score": 0.3}),
    "deep": (NUMBERS, 500, {"tree_method": "hist", "max_depth": 8,
                            "min_child_weight": 0, "subsample": 0.7}),
    "lossguide": (NUMBERS, 50, {"tree_method": "hist", "max_leaves": 31,
                                "grow_policy": "lossguide", "max_depth": 0}),
    "pruned": (NUMBERS, 40, {"tree_method": "exact", "gamma": 3,
                             "num_parallel_tree": 3, "subsample": 0.6}),
    "categories": (CATEGORIES, 80, {"tree_method": "approx",
                                    "max_cat_to_onehot": 3}),
    # what sql/portability.sql has
    "small": (CATEGORIES, 2, {"tree_method": "approx", "max_depth": 3,
                              "max_cat_to_onehot": 3, "base_score": 0.4}),
}


def table(name, rows):
    with open(name, "w") as out:
        for i, row in enumerate(rows, 1):
            out.write("\t".join([str(i)] + [
                "\\N" if v != v else repr(v) for v in row]) + "\n")


def main(directory, n, kinds):
    for kind in kinds or KINDS:
        types, rounds, parameters = KINDS[kind]
        rows, labels = make_rows(20000, types, 1)
        booster = train(matrix(rows, types, labels), rounds,
                        {**COMMON, **parameters})
        call("XGBoosterSaveModel", booster,
             ("%s/%s.json" % (directory, kind)).encode())
        rows, _ = make_rows(n, types, 2)
        table("%s/%s.tsv" % (directory, kind), [row + p for row, p in zip(
            rows, predict(booster, matrix(rows, types, None), 0))])
        table("%s/%s.phi.tsv" % (directory, kind),
              predict(booster, matrix(rows[:5000], types, None), 2))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100000,
         sys.argv[3:])
