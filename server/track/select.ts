/**
 * The first `k` of the numbers given, in the order of `compare`, which must tell any two apart. A heap of `k` holds the
 * best so far, so that a page of 100 out of a million costs about one comparison for each number.
 */
export function selectFirst(
  numbers: Int32Array,
  k: number,
  compare: (a: number, b: number) => number,
): Int32Array {
  if (k >= numbers.length) return numbers.slice().sort(compare);
  if (k <= 0) return new Int32Array(0);
  const heap = numbers.slice(0, k).sort((a, b) => compare(b, a));
  for (let i = k; i < numbers.length; i++) {
    const candidate = numbers[i]!;
    if (compare(candidate, heap[0]!) >= 0) continue;
    // The worst of the heap goes; the candidate sinks from the top to its place.
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= k) break;
      if (child + 1 < k && compare(heap[child + 1]!, heap[child]!) > 0) child++;
      if (compare(heap[child]!, candidate) <= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = candidate;
  }
  return heap.sort(compare);
}
