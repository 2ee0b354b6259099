"""Reference values of the growth of decaying layers, at 60 digits or more: decay.json.

    python3 test/reference/decay.py

Shares nothing with the library, whose form is an integral. Here the linear equation behind
p' = (a - m) p - beta p^2 + beta P Q exp(-2mt) is solved by Bessel functions of order (a - m)/2m,

    p = -(m z/beta) (A I_(nu+1)(z) + B I_(-nu-1)(z)) / (A I_nu(z) + B I_-nu(z)),
    nu = (a - m)/2m,   z = (omega/m) exp(-mt),   omega = beta sqrt(PQ),

with A and B from p(0) = P, and q = P Q exp(-2mt)/p. `cond` is the sum of |d ln p / d ln x| and |d ln q / d ln x|
over a, m, beta, P, Q and t: relative rounding errors of the arguments change p and q by that much.
"""
import json
import random
import mpmath as mp


def pq(a, m, beta, P, Q, t, digits):
    with mp.workdps(digits):
        a, m, beta, P, Q, t = [mp.mpf(x) for x in (a, m, beta, P, Q, t)]
        k = (a - m) / 2
        if P == 0:
            # q' = -(a + m) q - beta q^2
            s = -(a + m)
            grown = mp.exp(s * t)
            return mp.mpf(0), Q * grown / (1 + beta * Q * (grown - 1) / s)
        if Q == 0:
            s = a - m
            grown = mp.exp(s * t)
            return P * grown / (1 + beta * P * (mp.expm1(s * t) / s if s != 0 else t)), mp.mpf(0)
        nu = k / m
        if nu == mp.nint(nu):
            nu += mp.mpf(10) ** (-digits // 3)
        omega = beta * mp.sqrt(P * Q)
        z0 = omega / m
        z1 = z0 * mp.exp(-m * t)
        i = [[mp.besseli(order, z) for order in (nu, -nu, nu + 1, -nu - 1)] for z in (z0, z1)]
        # A I_nu + B I_-nu is 1 at the start, and -m z (A I_(nu+1) + B I_(-nu-1)) is beta P.
        det = i[0][0] * i[0][3] - i[0][1] * i[0][2]
        rhs = -beta * P / (m * z0)
        A = (i[0][3] - i[0][1] * rhs) / det
        B = (i[0][0] * rhs - i[0][2]) / det
        p = -m * z1 / beta * (A * i[1][2] + B * i[1][3]) / (A * i[1][0] + B * i[1][1])
        return p, P * Q * mp.exp(-2 * m * t) / p


def attempt(args, digits):
    try:
        return pq(*args, digits)
    except ZeroDivisionError:  # all digits cancelled
        return mp.mpf(-1), mp.mpf(-digits)


def careful(args):
    """pq with digits added until two precisions agree."""
    digits, last = 60, attempt(args, 40)
    while digits < 4000:
        now = attempt(args, digits)
        if all(x == y or abs(x - y) < mp.mpf(10) ** -30 * abs(x) for x, y in zip(now, last)):
            return now
        digits, last = digits * 2, now
    raise ValueError("no agreement: %r" % (args,))


def case(args):
    p, q = careful(args)
    cond = mp.mpf(0)
    with mp.workdps(60):
        h = mp.mpf(10) ** -12
        for i in range(6):
            if args[i] == 0:
                continue
            moved = [mp.mpf(x) * (1 + h) if j == i else mp.mpf(x) for j, x in enumerate(args)]
            p2, q2 = careful(moved)
            for x, y in ((p, p2), (q, q2)):
                if x != 0:
                    cond += abs(mp.log(y / x)) / h
    return {"args": [float(x) for x in args], "lnP": text(mp.log(p) if p > 0 else None), "lnQ": text(mp.log(q) if q > 0 else None), "cond": float(cond)}


def text(x):
    return None if x is None else mp.nstr(x, 25)


def draw(rng):
    ten = lambda low, high: float("%.3g" % 10 ** rng.uniform(low, high))
    a = ten(-3, 3)
    m = a * ten(-3, 3) if rng.random() < 0.8 else a * (1 + rng.choice([-1, 0, 1]) * ten(-6, -1))
    beta = ten(-3, 3)
    P = 0.0 if rng.random() < 0.05 else ten(-6, 6) * a / beta / 1e3
    Q = 0.0 if rng.random() < 0.05 else ten(-6, 6) * a / beta / 1e3
    omega = beta * (P * Q) ** 0.5
    X = ten(-10, 5) if rng.random() < 0.5 else ten(-2, 2.5)
    t = X / (a / 2 + m / 2 + min(omega, 1e3 * a))
    return [a, float("%.6g" % m), beta, P, Q, float("%.3g" % t)]


if __name__ == "__main__":
    rng = random.Random(21)
    cases = []
    while len(cases) < 240:
        args = draw(rng)
        a, m, beta, P, Q, t = args
        if beta * (P * Q) ** 0.5 / m > 3e3 or a / m > 4e3 or (m - a) * t > 2e3 or m * t > 2e4:
            continue
        cases.append(case(args))
    json.dump({"about": "args a, m, beta, P, Q, t; from decay.py", "cases": cases}, open(__file__.replace(".py", ".json"), "w"), indent=0)
