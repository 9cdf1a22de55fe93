/** Combinations: all, or so many that every value of every dimension meets every value of every other one. */

type Row = readonly number[];

interface Pair {
  readonly a: number;
  readonly x: number;
  readonly b: number;
  readonly y: number;
}

function allPairs(sizes: readonly number[]): Pair[] {
  const pairs: Pair[] = [];
  sizes.forEach((size, a) => {
    sizes.forEach((other, b) => {
      if (b <= a) return;
      for (let x = 0; x < size; x += 1) for (let y = 0; y < other; y += 1) pairs.push({ a, x, b, y });
    });
  });
  return pairs;
}

const covers = (row: Row, { a, x, b, y }: Pair): boolean => row[a] === x && row[b] === y;

/** The row that covers most of the open pairs, the first one of that of equal rows: the same rows every time. */
function bestRow(rows: readonly Row[], open: readonly Pair[]): Row | undefined {
  let best: Row | undefined;
  let most = 0;
  for (const row of rows) {
    const count = open.filter((pair) => covers(row, pair)).length;
    if (count > most) [best, most] = [row, count];
  }
  return best;
}

/** For three dimensions, as tuples of values; those that are not `possible` are never chosen. */
export function pairwise<A, B, C>(
  as: readonly A[],
  bs: readonly B[],
  cs: readonly C[],
  possible: (a: A, b: B, c: C) => boolean = () => true,
): [A, B, C][] {
  const rows: Row[] = as.flatMap((a, i) =>
    bs.flatMap((b, j) => cs.flatMap((c, k) => (possible(a, b, c) ? [[i, j, k]] : []))),
  );
  let open = allPairs([as.length, bs.length, cs.length]);
  const chosen: [A, B, C][] = [];
  while (open.length > 0) {
    const row = bestRow(rows, open);
    if (row === undefined) break;
    open = open.filter((pair) => !covers(row, pair));
    const [i = 0, j = 0, k = 0] = row;
    chosen.push([as[i] as A, bs[j] as B, cs[k] as C]);
  }
  return chosen;
}

/** All of three dimensions that are `possible`. */
export function everyTriple<A, B, C>(
  as: readonly A[],
  bs: readonly B[],
  cs: readonly C[],
  possible: (a: A, b: B, c: C) => boolean,
): [A, B, C][] {
  return as.flatMap((a) =>
    bs.flatMap((b) => cs.flatMap((c): [A, B, C][] => (possible(a, b, c) ? [[a, b, c]] : []))),
  );
}
