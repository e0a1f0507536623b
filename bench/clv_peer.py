"""lifetimes' fit of BG/NBD (Davidson-Pilon, version 0.11.3), for bench/clv.

The same likelihood, scaling of time, starting point and search: scipy's BFGS on
the mean log-likelihood over the logarithms of the parameters, with gradient
(by hand here: lifetimes' autograd is slower). Reads frequency, recency and age
from a CSV file; prints the CPU seconds of the fit alone, the log-likelihood and
the parameters.
"""
import sys
import time

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln


def value_and_gradient(log_params, x, tx, age):
    r, alpha, a, b = np.exp(log_params)
    some = x > 0
    a1 = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    a2 = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    a3 = -(r + x) * np.log(alpha + age)
    before = b + np.maximum(x, 1) - 1
    a4 = np.log(a) - np.log(before) - (r + x) * np.log(alpha + tx)
    top = np.maximum(a3, a4)
    e3 = np.exp(a3 - top)
    e4 = np.exp(a4 - top) * some
    dead = e4 / (e3 + e4)
    value = a1 + a2 + np.log(e3 + e4) + top
    both = digamma(a + b) - digamma(a + b + x)
    gradient = np.array([
        (digamma(r + x) - digamma(r) + np.log(alpha)
         - (1 - dead) * np.log(alpha + age) - dead * np.log(alpha + tx)).mean() * r,
        (r / alpha - (r + x) * ((1 - dead) / (alpha + age) + dead / (alpha + tx))).mean() * alpha,
        (both + dead / a).mean() * a,
        (both + digamma(b + x) - digamma(b) - dead / before).mean() * b,
    ])
    return -value.mean(), -gradient


def main():
    x, tx, age = np.loadtxt(sys.argv[1], delimiter=',', unpack=True)
    start = time.process_time()
    scale = 1 / age.max()
    fit = minimize(value_and_gradient, np.array([0.1, 0.1, 0.1, 0.1]),
                   args=(x, tx * scale, age * scale), jac=True, tol=1e-7)
    cpu = time.process_time() - start
    params = np.exp(fit.x)
    params[1] /= scale
    value = -value_and_gradient(np.log(params), x, tx, age)[0] * len(x)
    print(f'{cpu:.6f} {value:.6f} {" ".join(f"{p:.6f}" for p in params)}')


if __name__ == '__main__':
    main()
