"""Chebyshev coefficients of the scaled Bessel functions in src/numerics/bessel.ts, and values to test them with.

    python3 test/reference/bessel.py

prints the coefficients and writes bessel.json. Of x in [0, 8] the variable is x/4 - 1, beyond 16/x - 1.
"""
import json
import mpmath as mp

mp.mp.dps = 50


def coefficients(f, count):
    n = 120
    nodes = [mp.cos(mp.pi * (j + mp.mpf(1) / 2) / n) for j in range(n)]
    values = [f(x) for x in nodes]
    found = [2 * mp.fsum(v * mp.cos(k * mp.pi * (j + mp.mpf(1) / 2) / n) for j, v in enumerate(values)) / n for k in range(count)]
    found[0] /= 2
    while abs(found[-1]) < 1e-18 * abs(found[0]):
        found.pop()
    return found


def near(order):
    def f(y):
        x = 4 * (y + 1)
        if x == 0:
            return mp.mpf(1) if order == 0 else mp.mpf(1) / 2
        return mp.exp(-x) * mp.besseli(order, x) / x**order
    return f


def far(order):
    def f(y):
        x = 16 / (y + 1)
        return mp.sqrt(x) * mp.exp(-x) * mp.besseli(order, x)
    return f


if __name__ == "__main__":
    for name, f in (("NEAR_0", near(0)), ("NEAR_1", near(1)), ("FAR_0", far(0)), ("FAR_1", far(1))):
        print(f"const {name} = [")
        print("  " + ", ".join(repr(float(c)) for c in coefficients(f, 60)) + ",")
        print("];")
    rows = []
    for i in range(-40, 121):
        x = mp.mpf(10.0 ** (i / 10))
        rows.append([float(x), repr(float(mp.exp(-x) * mp.besseli(0, x))), repr(float(mp.exp(-x) * mp.besseli(1, x) / x))])
    json.dump({"about": "x, exp(-x) I0(x), exp(-x) I1(x)/x; from bessel.py", "rows": [[r[0], float(r[1]), float(r[2])] for r in rows]},
              open(__file__.replace("bessel.py", "bessel.json"), "w"))
