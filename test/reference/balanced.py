"""Draws balanced layers on whitened inputs and solves Q' = FQ - QQ^TQ/2 with mpmath, from doubles taken as exact.

    python3 balanced.py > balanced.json    writes the reference values
    python3 balanced.py --decay > balancedDecay.json    those with weight decay, F - nu*1 in place of F
    python3 balanced.py --check            compares the formula with Taylor integration of all weights

The solution is the textbook's, Y = e^{Ft} Q0 [1 + Q0^T int e^{2Fs} ds Q0]^-1 Q0^T e^{Ft} with F's eigenvectors from a general
eigensolver, at so many digits that nothing it loses matters: 60 more than e^{2(fmax - fmin)t} has. Where that is too many, at very late
times of starts that reach all there is to learn, E = Y - F - |F| by e^{-|F|t} E0 (1 + K E0)^-1 e^{-|F|t}; both agree where both can be
used. Needs mpmath (Debian: python3-mpmath). The seed is pinned: the same file comes out each time.
"""
import json
import math
import random
import sys

from mpmath import exp, expm1, eye, fabs, inverse, log10, matrix, mp, mpf, nstr, odefun, sqrt, zeros

DIGITS = 20
MOST = 4000  # digits beyond which the second form is used
PER_KIND = 10


def orthonormal(n, d, rnd):
    """d orthonormal columns of length n, in doubles."""
    columns = []
    for _ in range(d):
        while True:
            v = [rnd.gauss(0, 1) for _ in range(n)]
            for _ in range(2):
                for w in columns:
                    share = sum(a * b for a, b in zip(v, w))
                    v = [a - share * b for a, b in zip(v, w)]
            size = math.sqrt(sum(a * a for a in v))
            if size > 1e-3:
                break
        columns.append([a / size for a in v])
    return [[columns[j][i] for j in range(d)] for i in range(n)]


def times(A, B):
    return [[sum(A[i][l] * B[l][j] for l in range(len(B))) for j in range(len(B[0]))] for i in range(len(A))]


def transposed(A):
    return [list(row) for row in zip(*A)]


def diagonal(values):
    return [[v if i == j else 0.0 for j in range(len(values))] for i, v in enumerate(values)]


def balanced(m, k, d, lam, size, rnd, spread=0.5):
    """[C^T; A] with A^T A - C C^T = lam up to rounding; d <= m if lam > 0, d <= k if lam < 0; rank min(m, k, d) of the smaller layer."""
    O = orthonormal(d, d, rnd)
    small = [size * 10 ** rnd.uniform(-spread, spread) for _ in range(d)]
    if lam < 0:
        c = [math.sqrt(a * a - lam) for a in small]
        a = small
    else:
        c = small
        a = [math.sqrt(x * x + lam) for x in small]
    # Hidden directions beyond a layer's reach cannot be there.
    a = [x if i < m else 0.0 for i, x in enumerate(a)]
    c = [x if i < k else 0.0 for i, x in enumerate(c)]
    for i in range(d):
        if i >= m:
            c[i] = math.sqrt(-lam) if i < k and lam < 0 else 0.0
        if i >= k:
            a[i] = math.sqrt(lam) if i < m and lam > 0 else 0.0
    U = orthonormal(m, min(m, d), rnd)
    V = orthonormal(k, min(k, d), rnd)
    A = times([[U[i][j] * a[j] for j in range(len(U[0]))] + [0.0] * (d - len(U[0])) for i in range(m)], O)
    Ct = times([[V[i][j] * c[j] for j in range(len(V[0]))] + [0.0] * (d - len(V[0])) for i in range(k)], O)
    return Ct + A


def gaussian(m, k, rnd, size=1.0):
    return [[size * rnd.gauss(0, 1) for _ in range(k)] for _ in range(m)]


def low_rank(m, k, rank, rnd):
    """Small integers: exactly of that rank in doubles."""
    left = [[float(rnd.randint(-3, 3)) for _ in range(rank)] for _ in range(m)]
    right = [[float(rnd.randint(-3, 3)) for _ in range(k)] for _ in range(rank)]
    left[0][0] = 2.0
    right[0][0] = 1.0
    return times(left, right)


def axes(m, k, values):
    return [[values[i] if i == j and i < len(values) else 0.0 for j in range(k)] for i in range(m)]


def draw(kind, rnd):
    m, k = rnd.randint(2, 4), rnd.randint(2, 4)
    d = rnd.randint(1, min(m, k))
    lam = rnd.choice([-1, 1]) * 10 ** rnd.uniform(-1, 1)
    size = 10 ** rnd.uniform(-1, 0.3)
    spans = [0.03, 0.5, 3.0, 12.0, 60.0]
    sigma = None
    Q0 = None
    nu = None
    if kind in DECAY_KINDS:
        lam = 0.0
        spans = [0.03, 1.0, 5.0, 30.0, 200.0]
        nu = lambda s: s * rnd.uniform(0.05, 0.8)
    if kind == "hardly any decay":
        nu = lambda s: s * 10 ** rnd.uniform(-150, -3)
        spans = [0.5, 5.0, 60.0, 300.0, 900.0]
    elif kind == "collapse":
        nu = lambda s: s * 10 ** rnd.uniform(0.01, 1)
    elif kind == "far more decay than data":
        nu = lambda s: s * 10 ** rnd.uniform(2, 100)
    elif kind == "decay at the threshold":
        sigma = axes(m, k, [2.0, 1.0, 1.0, 0.5][: min(m, k)])
        nu = rnd.choice([1.0, 2.0])
        spans = [0.5, 6.0, 100.0, 1e4, 1e9]
    elif kind == "decay, tiny start":
        size, spans = 10 ** rnd.uniform(-150, -20), [1.0, 30.0, 100.0, 300.0, 700.0]
    elif kind == "decay, huge start":
        size, spans = 10 ** rnd.uniform(3, 120), [1e-3, 0.3, 3.0, 30.0, 200.0]
    elif kind == "decay, fewer hidden units than modes":
        m, k = rnd.randint(3, 4), rnd.randint(3, 4)
        d = rnd.randint(1, 2)
        spans = [1.0, 6.0, 30.0, 150.0, 600.0]
    elif kind == "decay, one hidden unit":
        d = 1
    elif kind == "decay, target of low rank":
        sigma = low_rank(m, k, 1, rnd)
    elif kind == "decay, saddle":
        r = d = min(m, k)
        sigma = axes(m, k, [2.0 - 0.5 * i for i in range(r)])
        sizes = [10 ** rnd.uniform(-2, 0) for _ in range(r)]
        signs = [-1 if i == 0 or rnd.random() < 0.5 else 1 for i in range(r)]
        Q0 = axes(k, r, sizes) + axes(m, r, [s * x for s, x in zip(signs, sizes)])
    elif kind == "decay, very early":
        spans = [1e-300, 1e-30, 1e-15, 1e-8, 1e-4]
    elif kind == "decay, huge scales":
        unit = 10.0 ** rnd.uniform(-140, 140)
        sigma = gaussian(m, k, rnd, unit)
        Q0 = balanced(m, k, d, lam, size * math.sqrt(unit), rnd)
    elif kind == "lambda > 0":
        lam = abs(lam)
    elif kind == "lambda < 0":
        lam = -abs(lam)
    elif kind == "lambda = 0":
        lam = 0.0
    elif kind == "nearly balanced":
        lam = rnd.choice([-1, 1]) * 10 ** rnd.uniform(-300, -8)
    elif kind == "very unbalanced":
        lam = rnd.choice([-1, 1]) * 10 ** rnd.uniform(3, 8)
    elif kind == "one hidden unit":
        d = 1
    elif kind == "wide hidden layer":
        d = max(m, k) if rnd.random() < 0.5 else min(m, k)
        lam = lam if d == min(m, k) else math.copysign(lam, m - k)
        if m == k:
            d = m
    elif kind == "few outputs":
        m, k, d = 1, rnd.randint(2, 5), 1
    elif kind == "few inputs":
        m, k, d = rnd.randint(2, 5), 1, 1
    elif kind == "tiny start":
        lam, size, spans = 0.0, 10 ** rnd.uniform(-150, -20), [1.0, 60.0, 200.0, 400.0, 700.0]
    elif kind == "huge start":
        lam, size = lam * rnd.choice([0, 1]), 10 ** rnd.uniform(3, 120)
        spans = [1e-3, 0.3, 3.0, 30.0, 200.0]
    elif kind == "fewer hidden units than modes":
        m, k = rnd.randint(3, 4), rnd.randint(3, 4)
        d = rnd.randint(1, 2)
        spans = [1.0, 6.0, 30.0, 150.0, 600.0]
    elif kind == "target of low rank":
        sigma = low_rank(m, k, 1, rnd)
        if rnd.random() < 0.5:
            lam = 0.0
    elif kind == "no correlation":
        sigma = [[0.0] * k for _ in range(m)]
        lam = 0.0 if rnd.random() < 0.5 else lam
    elif kind == "start of low rank":
        lam, d = 0.0, rnd.randint(2, 4)
        a = [float(rnd.randint(-2, 2)) for _ in range(k + m - 1)] + [1.0]
        h = [float(rnd.randint(1, 3)) for _ in range(d)]
        Q0 = [[x * y / 8 for y in h] for x in a]
        spans = [0.5, 3.0, 12.0, 60.0, 200.0]
    elif kind == "aligned":
        lam = 0.0
        r = min(m, k)
        d = r
        sigma = axes(m, k, [2.0 - 0.5 * i for i in range(r)])
        sizes = [10 ** rnd.uniform(-12, 0) for _ in range(r)]
        Q0 = axes(k, r, sizes) + axes(m, r, sizes)
        spans = [0.5, 6.0, 30.0, 100.0, 200.0]
    elif kind == "saddle":
        lam = 0.0
        r = min(m, k)
        d = r
        sigma = axes(m, k, [2.0 - 0.5 * i for i in range(r)])
        sizes = [10 ** rnd.uniform(-2, 0) for _ in range(r)]
        signs = [-1 if i == 0 or rnd.random() < 0.5 else 1 for i in range(r)]
        Q0 = axes(k, r, sizes) + axes(m, r, [s * x for s, x in zip(signs, sizes)])
        spans = [0.5, 6.0, 30.0, 100.0, 200.0]
    elif kind == "nearly a saddle":
        lam = 0.0
        r = min(m, k)
        d = r
        sigma = axes(m, k, [2.0 - 0.5 * i for i in range(r)])
        sizes = [10 ** rnd.uniform(-2, 0) for _ in range(r)]
        Q0 = axes(k, r, sizes) + axes(m, r, [-x * (1 + rnd.choice([0, 1e-15, 1e-9])) for x in sizes])
        spans = [0.5, 6.0, 30.0, 40.0, 200.0]
    elif kind == "equal singular values":
        sigma = axes(m, k, [1.5] * min(m, k))
        if rnd.random() < 0.5:
            d = 1
    elif kind == "nearly equal singular values":
        sigma = axes(m, k, [1.5 * (1 + i * 2.0 ** -40) for i in range(min(m, k))])
        spans = [0.5, 6.0, 30.0, 200.0, 500.0]
    elif kind == "graded target":
        lam = 0.0 if rnd.random() < 0.7 else math.copysign(lam * 1e-9, k - m)
        d = min(m, k)
        sigma = times(times(orthonormal(m, d, rnd), diagonal([10.0 ** (-3 * i) for i in range(d)])), transposed(orthonormal(k, d, rnd)))
        spans = [1.0, 30.0, 1e3, 1e5, 1e6]
    elif kind == "very late":
        d = min(m, k)
        lam = math.copysign(lam, k - m)  # nothing grows that the start does not reach
        spans = [100.0, 700.0, 1e4, 1e5, 1e6]
    elif kind == "very early":
        spans = [1e-300, 1e-30, 1e-15, 1e-8, 1e-4]
    elif kind == "huge scales":
        unit = 10.0 ** rnd.uniform(-140, 140)
        sigma = gaussian(m, k, rnd, unit)
        lam *= unit
        Q0 = balanced(m, k, d, lam, size * math.sqrt(unit), rnd)
    elif kind == "a hidden unit among giants":
        lam, m, k, d = 0.0, 3, 3, 2
        sigma = axes(3, 3, [2.0, 1.5, 1.0])
        x, y = 10.0 ** rnd.uniform(-90, -20), 10 ** rnd.uniform(-1, 0)
        Q0 = [[y, 0.0], [0.0, x], [0.0, x / 2]] * 2
        spans = [1.0, 30.0, 100.0, 300.0, 600.0]
    elif kind == "near the target":
        d = min(m, k)
        lam = math.copysign(lam, k - m) * rnd.choice([0, 1])
        U, V, O = orthonormal(m, d, rnd), orthonormal(k, d, rnd), orthonormal(d, d, rnd)
        s = [2.0, 1.2, 0.7, 0.3][:d]
        sigma = times(times(U, diagonal(s)), transposed(V))
        f = [math.hypot(x, lam / 2) for x in s]
        short = [x / math.sqrt(y + abs(lam) / 2) * (1 + 10 ** rnd.uniform(-14, -2)) for x, y in zip(s, f)]
        long = [math.hypot(x, math.sqrt(abs(lam))) for x in short]
        a, c = (long, short) if lam >= 0 else (short, long)
        Q0 = times(times(V, diagonal(c)), O) + times(times(U, diagonal(a)), O)
        spans = [1e-3, 0.5, 3.0, 30.0, 200.0]
    elif kind not in ("generic", "decay"):
        raise ValueError(kind)
    if sigma is None:
        sigma = gaussian(m, k, rnd)
    if Q0 is None:
        if lam > 0:
            d = min(d, m)
        if lam < 0:
            d = min(d, k)
        Q0 = balanced(m, k, d, lam, size, rnd)
    decay = {} if nu is None else {"decay": nu(largest_singular_value(sigma)) if callable(nu) else nu}
    top = max(max(abs(x) for row in sigma for x in row), abs(lam) / 2, decay.get("decay", 0))
    unit = 1 / top if top > 0 else 1 / max(x * x for row in Q0 for x in row)
    return {"kind": kind, "lambda": lam, **decay, "sigma": sigma, "Q0": Q0, "times": [s * unit for s in spans]}


KINDS = [
    "generic", "lambda > 0", "lambda < 0", "lambda = 0", "nearly balanced", "very unbalanced", "one hidden unit", "wide hidden layer",
    "few outputs", "few inputs", "tiny start", "huge start", "fewer hidden units than modes", "target of low rank", "no correlation",
    "start of low rank", "aligned", "saddle", "nearly a saddle", "equal singular values", "nearly equal singular values",
    "graded target", "very late", "very early", "huge scales", "a hidden unit among giants",
    "near the target",
]


DECAY_KINDS = [
    "decay", "hardly any decay", "collapse", "far more decay than data", "decay at the threshold", "decay, tiny start",
    "decay, huge start", "decay, fewer hidden units than modes", "decay, one hidden unit", "decay, target of low rank",
    "decay, saddle", "decay, very early", "decay, huge scales",
]


def largest_singular_value(sigma):
    """By power iteration, in doubles: good enough to choose a decay."""
    v = [1.0 + 0.1 * j for j in range(len(sigma[0]))]
    s = 0.0
    for _ in range(50):
        u = [sum(a * b for a, b in zip(row, v)) for row in sigma]
        size = math.hypot(*u)
        v = [sum(row[j] * x / size for row, x in zip(sigma, u)) for j in range(len(v))]
        s = math.hypot(*v)
        v = [x / s for x in v]
    return s


def exact(rows):
    return matrix([[mpf(x) for x in row] for row in rows])


def generator(c):
    m, k = len(c["sigma"]), len(c["sigma"][0])
    F = zeros(k + m)
    for i in range(k):
        F[i, i] = -mpf(c["lambda"]) / 2
    for i in range(m):
        F[k + i, k + i] = mpf(c["lambda"]) / 2
    for i in range(k + m):
        F[i, i] -= mpf(c.get("decay", 0))
    for i in range(m):
        for j in range(k):
            F[k + i, j] = F[j, k + i] = mpf(c["sigma"][i][j])
    return F


def grown(f, t):
    """(e^{2ft} - 1)/2f."""
    return t if 2 * fabs(f) * t < mpf(10) ** (-mp.dps) else expm1(2 * f * t) / (2 * f)


def textbook(c, f, V, t):
    X = V.T * exact(c["Q0"])
    n, d = X.rows, X.cols
    G = [grown(x, t) for x in f]
    N = eye(d)
    for i in range(d):
        for j in range(d):
            N[i, j] += mp.fsum(X[a, i] * G[a] * X[a, j] for a in range(n))
    Z = matrix(n, d)
    for a in range(n):
        for j in range(d):
            Z[a, j] = exp(f[a] * t) * X[a, j]
    return V * (Z * (inverse(N) * Z.T)) * V.T, N


def late(c, f, V, t):
    X = V.T * exact(c["Q0"])
    n = X.rows
    E0 = X * X.T
    for a in range(n):
        E0[a, a] -= f[a] + fabs(f[a])
    B = eye(n)
    for a in range(n):
        K = grown(-fabs(f[a]), t)
        for b in range(n):
            B[a, b] += K * E0[a, b]
    E = E0 * inverse(B)
    for a in range(n):
        for b in range(n):
            E[a, b] *= exp(-fabs(f[a]) * t) * exp(-fabs(f[b]) * t)
    top = zeros(n)
    for a in range(n):
        top[a, a] = f[a] + fabs(f[a])
    return V * (top + E) * V.T, V * E * V.T


def solve(c, t, more=0):
    """Y, residual; and Q where there is one hidden unit."""
    t = mpf(t)
    m, k = len(c["sigma"]), len(c["sigma"][0])
    mp.dps = 60
    F = generator(c)
    f, _ = mp.eigsy(F)
    f = list(f)
    size = max(mpf(1), max(fabs(x) for x in exact(c["Q0"])) ** 2 * t)
    span = float(2 * (max(f + [mpf(0)]) - min(f + [mpf(0)])) * t / mp.log(10))
    small = min(fabs(x) for x in exact(c["Q0"]) if x != 0)
    extra = float(2 * fabs(log10(small * small * t + mpf(10) ** -999)) + 2 * log10(size))
    digits = int(60 + span + extra) + more
    if digits <= MOST:
        mp.dps = digits
        F = generator(c)
        f, V = mp.eigsy(F)
        Y, N = textbook(c, list(f), V, t)
        R = exact(c["sigma"]) - Y[k:, :k]
        if len(c["Q0"][0]) == 1:
            Q = V * matrix([exp(f[a] * t) * x for a, x in enumerate(V.T * exact(c["Q0"]))]) / sqrt(N[0, 0])
            return Y, R, Q
        return Y, R, None
    mp.dps = int(400 + extra) + more
    F = generator(c)
    f, V = mp.eigsy(F)
    Y, E = late(c, list(f), V, t)
    return Y, exact(c["sigma"]) - Y[k:, :k] if "decay" in c else -E[k:, :k], None


def checked(c, t):
    """The solution, and that 30 % more digits change nothing of it."""
    found = solve(c, t)
    again = solve(c, t, 20 + int(0.3 * mp.dps))
    for one, other in zip(found, again):
        if one is not None:
            size = mp.mnorm(one, "f")
            assert mp.mnorm(one - other, "f") <= mpf(10) ** -25 * size or size < mpf(10) ** -330, (c["kind"], t, size)
    return found


def values(M, triangle=False):
    return [[nstr(M[i, j], DIGITS) for j in range(i + 1 if triangle else M.cols)] for i in range(M.rows)]


def cases(decay):
    rnd = random.Random("balanced layers that decay" if decay else "balanced layers")
    for kind in DECAY_KINDS if decay else KINDS:
        for _ in range(PER_KIND // 2 if decay else PER_KIND):
            yield draw(kind, rnd)


def check():
    rnd = random.Random("check")
    worst = 0
    for kind in ["generic", "lambda = 0", "one hidden unit", "target of low rank", "start of low rank", "no correlation", "decay", "collapse"]:
        c = draw(kind, rnd)
        t = c["times"][1]
        Y, R, _ = solve(c, t)
        mp.dps = 30
        sigma = exact(c["sigma"])
        m, k, d = sigma.rows, sigma.cols, len(c["Q0"][0])
        # Balanced in doubles is not balanced exactly: the equation of Q, which both solve, is what is integrated.
        F = generator(c)

        def slope(_, q):
            Q = matrix(k + m, d)
            for i in range(k + m):
                for j in range(d):
                    Q[i, j] = q[i * d + j]
            return list(F * Q - Q * (Q.T * Q) / 2)

        q = odefun(slope, 0, [x for row in exact(c["Q0"]).tolist() for x in row], tol=mpf(10) ** -22)(mpf(t))
        Q = matrix(k + m, d)
        for i in range(k + m):
            for j in range(d):
                Q[i, j] = q[i * d + j]
        worst = max(worst, float(mp.mnorm(Q * Q.T - Y, 'f') / mp.mnorm(Y, 'f')))
        print(kind, m, k, d, nstr(mp.mnorm(Q * Q.T - Y, 'f') / mp.mnorm(Y, 'f'), 3))
    print("worst", worst)


if __name__ == "__main__":
    if "--check" in sys.argv:
        check()
        sys.exit()
    rows = []
    for c in cases("--decay" in sys.argv):
        expected = []
        for t in c["times"]:
            Y, R, Q = checked(c, t)
            expected.append({"Y": values(Y, triangle=True), "residual": values(R), **({"Q": values(Q)} if Q is not None else {})})
        rows.append({**c, "expected": expected})
        print(c["kind"], len(c["sigma"]), len(c["sigma"][0]), len(c["Q0"][0]), file=sys.stderr, flush=True)
    print('{"cases": [\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]}")
