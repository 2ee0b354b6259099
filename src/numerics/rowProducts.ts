/**
 * Products of a matrix F, m×r, with samples zⱼ, the rows of an n×r matrix. All are flat arrays, row by row:
 *
 *     fⱼ = F zⱼ, n×m     Σⱼ sⱼ zⱼᵀ, m×r
 */

/** Writes F zⱼ for every sample into `out`, n×m; zeros if r = 0. */
export function timesRows(F: Float64Array, Z: Float64Array, r: number, out: Float64Array): void {
  if (r === 0) {
    out.fill(0);
    return;
  }
  const m = F.length / r;
  const n = Z.length / r;
  const paired = m - (m % 2);
  for (let j = 0; j < n; j++) {
    const row = j * r;
    for (let o = 0; o < paired; o += 2) {
      const [first, second] = [o * r, (o + 1) * r];
      let a = 0;
      let b = 0;
      for (let i = 0; i < r; i++) {
        const z = Z[row + i]!;
        a += F[first + i]! * z;
        b += F[second + i]! * z;
      }
      out[j * m + o] = a;
      out[j * m + o + 1] = b;
    }
    if (paired < m) out[j * m + paired] = dotOf(F, paired * r, Z, row, r);
  }
  // Infinite terms of both signs give NaN. With the factors divided by 2^600, the sum is in range.
  for (let i = 0; i < out.length; i++) if (Number.isNaN(out[i]!)) out[i] = scaledDot(F, (i % m) * r, Z, Math.floor(i / m) * r, r);
}

function dotOf(F: Float64Array, f: number, Z: Float64Array, z: number, r: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= r; i += 4) {
    a += F[f + i]! * Z[z + i]!;
    b += F[f + i + 1]! * Z[z + i + 1]!;
    c += F[f + i + 2]! * Z[z + i + 2]!;
    d += F[f + i + 3]! * Z[z + i + 3]!;
  }
  for (; i < r; i++) a += F[f + i]! * Z[z + i]!;
  return a + b + (c + d);
}

function scaledDot(F: Float64Array, f: number, Z: Float64Array, z: number, r: number): number {
  const down = 2 ** -600;
  let sum = 0;
  for (let i = 0; i < r; i++) sum += F[f + i]! * down * (Z[z + i]! * down);
  return (sum / down) * (1 / down);
}

/** Writes Σⱼ sⱼ zⱼᵀ into `out`, m×r, for sⱼ as the rows of `S`, n×m. */
export function overRows(S: Float64Array, Z: Float64Array, r: number, out: Float64Array): void {
  if (r === 0) return;
  const m = out.length / r;
  const n = Z.length / r;
  out.fill(0);
  const fours = n - (n % 4);
  for (let j = 0; j < fours; j += 4) {
    const row = j * r;
    for (let o = 0; o < m; o++) {
      const [a, b, c, d] = [S[j * m + o]!, S[(j + 1) * m + o]!, S[(j + 2) * m + o]!, S[(j + 3) * m + o]!];
      if (a === 0 && b === 0 && c === 0 && d === 0) continue;
      const to = o * r;
      for (let i = 0; i < r; i++) {
        const z = row + i;
        out[to + i]! += a * Z[z]! + b * Z[z + r]! + (c * Z[z + 2 * r]! + d * Z[z + 3 * r]!);
      }
    }
  }
  for (let j = fours; j < n; j++) {
    for (let o = 0; o < m; o++) {
      const s = S[j * m + o]!;
      for (let i = 0; i < r; i++) out[o * r + i]! += s * Z[j * r + i]!;
    }
  }
}
