"""The rival of stability.bench.mjs: a plain SVD's largest singular value of layers in shape only. Reads [[rows, columns], ...] from argv, prints JSON."""

import json
import sys
import time

import numpy as np

out = []
for rows, columns in json.loads(sys.argv[1]):
    limit = np.sqrt(6 / (rows + columns))
    weights = np.random.default_rng(0).uniform(-limit, limit, (rows, columns))
    start = time.perf_counter()
    np.linalg.svd(weights, compute_uv=False)
    out.append({"rows": rows, "columns": columns, "seconds": time.perf_counter() - start})
print(json.dumps({"numpy": np.__version__, "svd": out}))
