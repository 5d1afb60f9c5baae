"""The rival of optimize.bench.mjs: SciPy's L-BFGS-B on the same problem. Reads [[n, iterations, repeats], ...] from argv, prints JSON."""

import json
import sys
import time

import numpy as np
import scipy
from scipy.optimize import fmin_l_bfgs_b


def measure(n, iterations, repeats, bounded):
    index = np.arange(n)
    x0 = np.where(index % 2, 1.0, -1.2)
    lower = np.where(index % 8 == 1, 0.0, -np.inf)
    upper = np.where(index % 4 == 2, 0.5, np.inf)
    bounds = list(zip(lower, upper)) if bounded else None
    times = []
    for _ in range(repeats):
        inside = 0.0

        def fg(x):
            nonlocal inside
            start = time.perf_counter()
            a, b = x[0::2], x[1::2]
            t = b - a * a
            g = np.empty_like(x)
            g[0::2] = -400 * a * t - 2 * (1 - a)
            g[1::2] = 200 * t
            f = float((100 * t * t + (1 - a) ** 2).sum())
            inside += time.perf_counter() - start
            return f, g

        start = time.perf_counter()
        _, f, info = fmin_l_bfgs_b(fg, x0, bounds=bounds, m=10, factr=0, pgtol=0, maxiter=iterations)
        times.append((time.perf_counter() - start - inside) / info["nit"])
    return {"f": float(f), "iterations": info["nit"], "seconds": float(np.median(times))}


rows = [
    {"n": n, "bounded": bounded, **measure(n, iterations, repeats, bounded)}
    for n, iterations, repeats in json.loads(sys.argv[1])
    for bounded in (True, False)
]
print(json.dumps({"version": scipy.__version__, "numpy": np.__version__, "rows": rows}))
